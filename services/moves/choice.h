// services/moves/choice.h - what the result of a decision or of a batchable says: which steps come to
// exist by it (SPEC 5.5, 5.6). Pure.
#ifndef TMESH_SERVICES_MOVES_CHOICE_H
#define TMESH_SERVICES_MOVES_CHOICE_H

#include "runtime/base/error.h"
#include "services/store/work.h"
#include "services/templates/definition.h"

enum {
    TMESH_DECISION_NAMES_MAX = 100, // steps that one decision may name
    TMESH_BATCHES_MAX = 10000,      // workers of one batch
    TMESH_BATCH_ID_CHARS_MAX = 64,
};

// One worker of a batch: where it begins and ends is any JSON, and only the worker's business.
typedef struct {
    const char *batch_id;
    tmesh_bytes_t start_cursor;
    tmesh_bytes_t end_cursor;
    tmesh_bytes_t batch_size;
} tmesh_batch_cursor_t;

// All of it lives in the work's arena.
typedef struct {
    const uint16_t *steps; // indexes into the definition: those that a decision names, or the
    uint16_t count;        // template of a batch's workers
    const tmesh_batch_cursor_t *cursors; // of a batch: one for each worker
    uint32_t cursor_count;
    bool is_no_op; // of a batch: there is nothing to do, and one worker that says so
} tmesh_choice_t;

// Is it for the result of this step to say which others exist?
bool tmesh_choice_is_up_to(const tmesh_step_definition_t *step);

// Reads "decision_point_outcome" of a decision's result (the worker's JSON): {"type": "no_branches"}
// or {"type": "create_steps", "step_names": [...]}; "batch_processing_outcome" of a batchable's:
// {"type": "no_batches"} or {"type": "create_batches", "worker_template_name", "cursor_configs":
// [{"batch_id", "start_cursor", "end_cursor", "batch_size"}], "worker_count"}. INVALID with a fault
// (yours), "invalid_decision" or "invalid_batch", when there is none or it can't be followed.
tmesh_err_t tmesh_choice_read(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                              uint16_t index, tmesh_bytes_t result, tmesh_choice_t *choice,
                              tmesh_fault_t **fault_p);

// The two halves of it.
tmesh_err_t tmesh_choice_read_decision(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                                       uint16_t index, tmesh_bytes_t result,
                                       tmesh_choice_t *choice, tmesh_fault_t **fault_p);
tmesh_err_t tmesh_choice_read_batch(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                                    uint16_t index, tmesh_bytes_t result, tmesh_choice_t *choice,
                                    tmesh_fault_t **fault_p);
// The text of this checked JSON value, in the arena. NULL: it is no string, or holds a NUL, which no
// name does.
const char *tmesh_choice_text(tmesh_arena_t *arena, tmesh_bytes_t json);
// Is this checked JSON value a string, and this text?
bool tmesh_choice_is_text(tmesh_bytes_t json, const char *text);

#endif
