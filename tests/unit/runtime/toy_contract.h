// tests/unit/runtime/toy_contract.h - the contract of a mesh that doubles numbers.
// The tests of the runtime link nothing else, so they bring messages of their own.
#ifndef TMESH_TESTS_UNIT_RUNTIME_TOY_CONTRACT_H
#define TMESH_TESTS_UNIT_RUNTIME_TOY_CONTRACT_H

#include <stdbool.h>

#include "runtime/context.h"

typedef enum {
    TOY_DOUBLE,      // answers with twice the number, and a text in the reply's arena
    TOY_REFUSE,      // the item's own error, with a fault; the batch succeeds
    TOY_SPOIL,       // the whole batch fails with TMESH_ERR_IO, as long as this item is in it
    TOY_DIE,         // the whole batch fails with TMESH_ERR_FATAL
    TOY_WAIT,        // announces itself and waits at the gate before it doubles
} toy_deed_t;

typedef struct {
    tmesh_arena_t *arena;
    int64_t number;
    toy_deed_t deed;
    const char *label; // in the arena, or NULL
} tmesh_toy_double_request_t;
typedef struct {
    tmesh_arena_t *arena;
    int64_t doubled;
    const char *text; // in the arena
} tmesh_toy_double_reply_t;

// A second type, for the order of batches.
typedef struct {
    tmesh_arena_t *arena;
} tmesh_toy_note_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_toy_note_reply_t;

// The asker asks the worker to do the deed `times` times, from `number` upwards.
typedef struct {
    tmesh_arena_t *arena;
    int64_t number;
    int64_t times;
    toy_deed_t deed;
    bool waits_first; // announces itself and waits at the gate before it asks
    bool only_tell; // instead of asking
    bool then_die;  // the asker itself fails after it has asked
} tmesh_toy_forward_request_t;
typedef struct {
    tmesh_arena_t *arena;
    int64_t sent;
    int64_t refused;   // that could not be sent
    tmesh_err_t error; // of the last one refused
} tmesh_toy_forward_reply_t;

#define TOY_CONTRACT(X)                                                                            \
    X(toy_worker, toy_double)                                                                      \
    X(toy_worker, toy_note)                                                                        \
    X(toy_asker, toy_forward)

TOY_CONTRACT(TMESH_MESSAGE)

#endif
