// runtime/batch.h - runs the handler of one message type on a batch, and repeats it by the rules.
// Private to runtime/.
//
// One bad item must not hurt the others: after a lost connection or a lost race the whole batch is
// repeated, with a limit; after any other error it is run item by item, so that only the guilty
// message gets the error; and no message is run a third time for that.
#ifndef TMESH_RUNTIME_BATCH_H
#define TMESH_RUNTIME_BATCH_H

#include "runtime/envelope.h"

enum {
    TMESH_BATCH_MAX = 256,    // messages in one batch
    TMESH_BATCH_REPEATS = 5,  // of a whole batch, after connection and serialization errors
};

// Ends the broken life of the actor and begins a fresh one; an error when it may not.
typedef tmesh_err_t tmesh_revive_t(void *actor, const tmesh_message_type_t *type);

// `object_p` points to the living object, which `revive` may replace. All messages are of one type.
// Afterwards each has its reply or its error. Returns TMESH_ERR_FATAL when the actor is dead for
// good; the messages it could not handle then carry TMESH_ERR_CLOSED.
tmesh_err_t tmesh_batch_run(const tmesh_message_type_t *type, tmesh_message_t **messages,
                            size_t count, void *const *object_p, tmesh_revive_t *revive,
                            void *actor);

#endif
