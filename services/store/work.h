// services/store/work.h - one transaction as data: what it has loaded, what it will write.
//
// tmesh_store_begin locks and loads; the services decide (pure: no I/O) by changing the rows here
// and appending to the lists; tmesh_store_commit writes what changed. One thread at a time.
#ifndef TMESH_SERVICES_STORE_WORK_H
#define TMESH_SERVICES_STORE_WORK_H

#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "runtime/base/map.h"
#include "services/store/rows.h"

typedef struct {
    tmesh_task_row_t row;
    bool is_new;                        // inserted, otherwise updated if it is changed
    bool is_changed;
    bool has_moved;                     // its own state was changed, not only those of its steps
    const tmesh_request_row_t *request; // of a new task
    bool free_identity;                 // its identity may be used again
    bool take_identity;                 // it has its identity again
    const tmesh_identity_t *identity;   // if it was asked for and there is one
    bool hold_steps; // claimable steps of it are held, and claims that were not sent withdrawn
} tmesh_work_task_t;

typedef struct {
    tmesh_step_row_t row;
    tmesh_work_task_t *task;
    bool is_new;
    bool is_changed;
    const tmesh_result_row_t *stored_result; // of row.run, if one was accepted before; or NULL
    // Its children, if they were asked for: indexes into work->steps.
    uint32_t *children;
    uint32_t child_count;
    uint32_t child_capacity; // 0: the list may not be added to in its place
    tmesh_bytes_t inputs; // of a new worker of a batch: a JSON object
    // Of a batchable: who awaits a slot of its batch, kept by services/moves/batch.c; and how many of
    // them have got one by this work, and are still loaded as waiting.
    struct tmesh_batch_line *line;
    uint32_t slots_given;
} tmesh_work_step_t;

typedef struct {
    tmesh_dlq_row_t row;
    bool is_new; // inserted, otherwise updated if it is changed
    bool is_changed;
    tmesh_dlq_status_t stored_status; // before this transaction; NONE: it is new
    // Set by the commit: this entry was not written, because another one for the same task, step and
    // reason is pending.
    bool is_left_out;
} tmesh_work_dlq_t;

// What a claimed step's worker needs, loaded by the commit.
// The workers of a larger batch are not sent what their batchable said: it lists all of them, and each
// needs its own part only. They may ask for it.
enum { TMESH_BATCH_TOLD_MAX = 256 };
typedef struct {
    tmesh_step_id_t step_id;
    uint16_t template_index;
    const char *name;     // its own; NULL: the definition's
    bool left_out;        // there is a result, which was not loaded
    tmesh_bytes_t result; // JSON; absent: none was given
    const char *error_code; // of a parent whose error is tolerated, else NULL
    const char *error_message;
    bool has_parents;
} tmesh_claim_input_t;
typedef struct {
    tmesh_work_step_t *step;
    uint32_t run; // that was claimed: the step may have moved on in the same transaction
    int offer; // whose credit
    // Filled by tmesh_store_commit:
    tmesh_bytes_t context;
    const char *correlation_id;
    tmesh_bytes_t own_inputs;          // of a worker of a batch, or absent
    const tmesh_claim_input_t *inputs; // of its parents, in the order of their numbers
    uint32_t input_count;
    const tmesh_claim_input_t *ancestors; // of steps above its parents, nearest first
    uint32_t ancestor_count;
    bool is_truncated;                        // there are more ancestors than these
    const tmesh_checkpoint_row_t *checkpoint; // the newest, or NULL
} tmesh_claim_t;

enum { TMESH_UNREADABLE_PUT_OFF_MS = 60000 };

typedef struct tmesh_work {
    tmesh_arena_t *arena; // owns all below, except what the maps own themselves
    int64_t now_ms;       // of this transaction, by the store's clock
    const char *node;     // which writes it, or NULL; lent by the store
    size_t ancestor_bytes_max; // results of ancestors that a claim is loaded with

    tmesh_work_task_t **tasks;
    uint32_t task_count;
    uint32_t task_capacity;
    tmesh_work_step_t **steps;
    uint32_t step_count;
    uint32_t step_capacity;
    tmesh_map_t *tasks_by_id;
    tmesh_map_t *steps_by_id;
    // Due steps whose rows, or whose tasks' rows, make no sense: damaged. The commit puts them off, so
    // that they keep nobody waiting.
    tmesh_step_id_t *unreadables;
    uint32_t unreadable_count;
    uint32_t unreadable_capacity;

    // Identities that exist, of those that were asked for: hash -> tmesh_work_identity_t.
    tmesh_map_t *identities;

    // To append.
    tmesh_result_row_t *results;
    uint32_t result_count;
    uint32_t result_capacity;
    tmesh_checkpoint_row_t *checkpoints; // their numbers are given by the store
    uint32_t checkpoint_count;
    uint32_t checkpoint_capacity;
    tmesh_transition_row_t *transitions;
    uint32_t transition_count;
    uint32_t transition_capacity;
    tmesh_edge_row_t *edges;
    uint32_t edge_count;
    uint32_t edge_capacity;

    // Those that were asked for, and new ones.
    tmesh_work_dlq_t **dlq_entries;
    uint32_t dlq_entry_count;
    uint32_t dlq_entry_capacity;

    // Steps claimed by this transaction: the commit loads what their workers need.
    tmesh_claim_t *claims;
    uint32_t claim_count;
    uint32_t claim_capacity;
} tmesh_work_t;

typedef struct {
    tmesh_task_id_t task_id;
    tmesh_task_state_t state;
    const char *auto_idempotency_key; // or NULL
} tmesh_work_identity_t;

tmesh_work_t *tmesh_work_new(void);
void tmesh_work_destroy(tmesh_work_t **self_p);
// Everything that the rows point to stays valid with the arena, which is yours now.
tmesh_arena_t *tmesh_work_take_arena(tmesh_work_t *self);

// By the store while loading, by the services for new rows. Pointers stay valid.
tmesh_work_task_t *tmesh_work_add_task(tmesh_work_t *self, const tmesh_task_row_t *row);
// The task must have been added.
tmesh_work_step_t *tmesh_work_add_step(tmesh_work_t *self, const tmesh_step_row_t *row);
void tmesh_work_add_identity(tmesh_work_t *self, const tmesh_identity_t *identity,
                             const tmesh_work_identity_t *found);

// NULL when it was not loaded (does not exist, or was not asked for).
tmesh_work_task_t *tmesh_work_find_task(const tmesh_work_t *self, tmesh_task_id_t id);
tmesh_work_step_t *tmesh_work_find_step(const tmesh_work_t *self, tmesh_step_id_t id);
const tmesh_work_identity_t *tmesh_work_find_identity(const tmesh_work_t *self,
                                                      const tmesh_identity_t *identity);

void tmesh_work_add_result(tmesh_work_t *self, const tmesh_result_row_t *row);
void tmesh_work_add_unreadable(tmesh_work_t *self, tmesh_step_id_t id);
void tmesh_work_add_checkpoint(tmesh_work_t *self, const tmesh_checkpoint_row_t *row);
// An entry of the work's own: is_new false. Pointers stay valid.
tmesh_work_dlq_t *tmesh_work_add_dlq(tmesh_work_t *self, const tmesh_dlq_row_t *row);
tmesh_work_dlq_t *tmesh_work_find_dlq(const tmesh_work_t *self, tmesh_dlq_id_t id);
void tmesh_work_add_edge(tmesh_work_t *self, tmesh_step_id_t parent, tmesh_step_id_t child);
void tmesh_work_add_claim(tmesh_work_t *self, tmesh_work_step_t *step, int offer);

// The one way a state changes: reads the table, appends the transition, keeps the counters of the
// task right. TMESH_ERR_CONFLICT when the move is refused; nothing is changed then.
// at_ms 0: now. metadata is JSON or NULL, and must live as long as the work.
tmesh_err_t tmesh_work_move_task(tmesh_work_t *self, tmesh_work_task_t *task,
                                 tmesh_task_event_t event, const char *metadata);
tmesh_err_t tmesh_work_move_step(tmesh_work_t *self, tmesh_work_step_t *step,
                                 tmesh_step_event_t event, int64_t at_ms, const char *metadata);

// Asserts all invariants: counters against states, dense numbers. For tests.
void tmesh_work_check(const tmesh_work_t *self);

#endif
