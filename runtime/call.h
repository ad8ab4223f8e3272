// runtime/call.h - a thread outside the mesh waits for the reply to one message.
// Private to runtime/. Shared by the waiting thread and the message; the last one to leave frees it.
#ifndef TMESH_RUNTIME_CALL_H
#define TMESH_RUNTIME_CALL_H

#include "runtime/envelope.h"

tmesh_call_t *tmesh_call_new(void);
// For a call whose message was never posted.
void tmesh_call_destroy(tmesh_call_t **self_p);

// The waiting side: the handled message (yours), or NULL when the time is over; the message answers
// into the void then. The call is gone in both cases.
tmesh_message_t *tmesh_call_wait(tmesh_call_t **self_p, int64_t timeout_ms);
// The other side: takes the message, and the call if nobody waits any more.
void tmesh_call_answer(tmesh_call_t *self, tmesh_message_t **message_p);

#endif
