// runtime/envelope.h - a message in flight. Private to runtime/.
#ifndef TMESH_RUNTIME_ENVELOPE_H
#define TMESH_RUNTIME_ENVELOPE_H

#include <stdbool.h>

#include "runtime/mailbox.h"
#include "runtime/message.h"
#include "runtime/pool.h"

typedef struct tmesh_call tmesh_call_t; // a thread outside the mesh that waits for the reply

// 64 bytes, so that with a small request and reply it stays within two cache lines.
struct tmesh_message {
    const tmesh_message_type_t *type;
    tmesh_mailbox_t *reply_to; // the asker, whose place is reserved; NULL: nobody asked
    tmesh_call_t *call;        // or the caller
    tmesh_untyped_t *on_answer;
    tmesh_take_answer_t *take_answer;
    uint64_t tag;
    tmesh_fault_t *fault;
    uint32_t life; // which life of the asker has asked
    tmesh_err_t err : 16;
    bool is_reply; // on its way back
    // the request and the reply follow
};

// Takes the request's arena: request->arena is NULL afterwards. `pool` NULL: its memory is the heap's.
tmesh_message_t *tmesh_message_new(tmesh_pool_t *pool, const tmesh_message_type_t *type,
                                   void *request);
// Gives the arena back into `request`, for a message that could not be posted, and its memory to the
// pool.
void tmesh_message_recall(tmesh_message_t **self_p, tmesh_pool_t *pool, void *request);
void tmesh_message_destroy(tmesh_message_t **self_p);
// The same, and keeps the memory for the next message from this pool.
void tmesh_message_recycle(tmesh_message_t **self_p, tmesh_pool_t *pool);
// It will be looked into soon; another core may have it, and all of a batch can come together.
static inline void tmesh_message_prefetch(const tmesh_message_t *self)
{
    __builtin_prefetch(self, 1);
    __builtin_prefetch(self + 1, 1);
}
void *tmesh_message_request(tmesh_message_t *self);
void *tmesh_message_reply(tmesh_message_t *self);
// Forgets what an earlier try of a handler has left: reply, error, fault.
void tmesh_message_reset_reply(tmesh_message_t *self);

#endif
