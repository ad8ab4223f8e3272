// runtime/call.h - a thread outside the mesh waits for the reply to one message.
// Private to runtime/. Shared by the waiting thread and the message; the last one to leave frees it.
#ifndef TMESH_RUNTIME_CALL_H
#define TMESH_RUNTIME_CALL_H

#include "runtime/envelope.h"

// Its memory is the pool's.
tmesh_call_t *tmesh_call_new(tmesh_pool_t *pool);
// For a call whose message was never posted. Its memory goes to the pool, or if that is NULL to where
// it came from.
void tmesh_call_destroy(tmesh_call_t **self_p, tmesh_pool_t *pool);

// The waiting side: the handled message (yours), or NULL when the time is over; the message answers
// into the void then. The call is gone in both cases.
tmesh_message_t *tmesh_call_wait(tmesh_call_t **self_p, tmesh_pool_t *pool, int64_t timeout_ms);
// The other side: takes the message, and the call if nobody waits any more.
void tmesh_call_answer(tmesh_call_t *self, tmesh_message_t **message_p);

#endif
