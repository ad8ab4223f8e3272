// runtime/depot.h - the memory of all messages of a runtime, in stacks of blocks of one size.
// Private to runtime/. Any thread; each call takes a lock, so threads have pools (pool.h) that come
// here for a whole stack at a time.
//
// Nothing is freed before the depot is: it holds as much as was ever under way at once, which the
// limits of the mailboxes bound.
#ifndef TMESH_RUNTIME_DEPOT_H
#define TMESH_RUNTIME_DEPOT_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TMESH_DEPOT_STEP = 128, // bytes: block sizes are its multiples
    TMESH_DEPOT_SIZES = 32,
};

typedef struct tmesh_depot tmesh_depot_t;

typedef struct tmesh_block {
    union {
        struct tmesh_block *next; // while it is free
        tmesh_depot_t *depot;     // while it is in use; NULL: the heap's
    };
    uint32_t size_index; // it has (size_index + 1) * TMESH_DEPOT_STEP bytes, with this header
    alignas(max_align_t) char data[];
} tmesh_block_t;

// Free blocks of one size, newest first.
typedef struct {
    tmesh_block_t *first;
    uint32_t count;
} tmesh_blocks_t;

tmesh_depot_t *tmesh_depot_new(void);
// Every block must be back.
void tmesh_depot_destroy(tmesh_depot_t **self_p);

// A stack that somebody brought, or (*fresh_p) a single block from the heap. Never empty.
tmesh_blocks_t tmesh_depot_take(tmesh_depot_t *self, uint32_t size_index, bool *fresh_p);
// Takes them all; they have one size. Not for none.
void tmesh_depot_give(tmesh_depot_t *self, tmesh_blocks_t blocks);

#endif
