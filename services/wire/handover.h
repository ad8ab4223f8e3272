// services/wire/handover.h - says to ThreadSanitizer what libzmq does and it can not see: what a thread
// has written into a message before it sent it is there for the thread that has received it. Between
// threads of one process libzmq passes the bytes themselves. In other builds this is nothing.
#ifndef TMESH_SERVICES_WIRE_HANDOVER_H
#define TMESH_SERVICES_WIRE_HANDOVER_H

#include <zmq.h>

#ifdef __SANITIZE_THREAD__

void __tsan_release(void *address);
void __tsan_acquire(void *address);

static inline void tmesh_handover_sends(zmq_msg_t *part)
{
    __tsan_release(zmq_msg_data(part));
}

static inline void tmesh_handover_received(zmq_msg_t *part)
{
    __tsan_acquire(zmq_msg_data(part));
}

#else

static inline void tmesh_handover_sends(zmq_msg_t *part)
{
    (void)part;
}

static inline void tmesh_handover_received(zmq_msg_t *part)
{
    (void)part;
}

#endif

#endif
