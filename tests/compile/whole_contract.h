// tests/compile/whole_contract.h - a mesh in which every message of the contract has somebody who
// answers it. Included once by a program that needs nothing of the real actors.
#ifndef TMESH_TESTS_COMPILE_WHOLE_CONTRACT_H
#define TMESH_TESTS_COMPILE_WHOLE_CONTRACT_H

#include "runtime/actor.h"
#include "services/wire/contract.h"

// An actor that answers several messages has several tentative definitions, which make one.
#define ANSWER(actor, message)                                                                     \
    const tmesh_actor_class_t tmesh_##actor##_class;                                               \
    static tmesh_err_t answer_##message(tmesh_##actor##_t *self, tmesh_##message##_batch_t *batch) \
    {                                                                                              \
        (void)self;                                                                                \
        (void)batch;                                                                               \
        return TMESH_OK;                                                                           \
    }                                                                                              \
    TMESH_ANSWER(actor, message, answer_##message)
TMESH_CONTRACT(ANSWER)

// A program that holds this table of a contract names all of its messages.
#define ADDRESS_OF(actor, message) &tmesh_message_##message,

#endif
