// services/store/reader.h - reading for people: a connection of its own, never in the way of commits.
// Owned by one thread. Keeps no transaction between calls. Everything returned lives in `arena`.
#ifndef TMESH_SERVICES_STORE_READER_H
#define TMESH_SERVICES_STORE_READER_H

#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "services/domain/task_filter.h"
#include "services/store/problems.h"
#include "services/store/rows.h"

typedef struct {
    tmesh_task_row_t row;
    tmesh_request_row_t request; // without the context unless it was asked for
    const char *namespace_name;
    const char *name;
    const char *version;
} tmesh_task_view_t;

typedef struct {
    tmesh_step_row_t row;
    const uint16_t *parents; // step numbers within the task
    uint16_t parent_count;
    const tmesh_result_row_t *success; // the result that counts, or NULL
    const tmesh_result_row_t *failure; // the last failure, or NULL
    int64_t started_ms;                // when the last run was sent; 0: never
} tmesh_step_view_t;

typedef struct {
    tmesh_dlq_status_t status; // NONE: all
    tmesh_dlq_reason_t reason; // NONE: all
    bool has_task;
    tmesh_task_id_t task_id;
    bool has_before;
    tmesh_dlq_id_t before; // only entries made earlier than this one
    bool oldest_first;
    uint32_t limit;
} tmesh_dlq_filter_t;

typedef struct {
    tmesh_dlq_reason_t reason;
    tmesh_dlq_status_t status;
    uint64_t count;
    int64_t oldest_ms;
    int64_t newest_ms;
} tmesh_dlq_stat_t;

// Steps that are enqueued and that nobody has claimed yet.
typedef struct {
    const char *namespace_name;
    uint64_t steps;
} tmesh_backlog_t;

typedef struct tmesh_reader tmesh_reader_t;

typedef struct {
    void (*destroy)(tmesh_reader_t **self_p);
    tmesh_err_t (*task)(tmesh_reader_t *self, tmesh_task_id_t id, bool with_context,
                        tmesh_arena_t *arena, tmesh_task_view_t *view);
    tmesh_err_t (*steps)(tmesh_reader_t *self, tmesh_task_id_t id, tmesh_arena_t *arena,
                         tmesh_step_view_t **views_p, size_t *count_p);
    tmesh_err_t (*step_rows)(tmesh_reader_t *self, tmesh_task_id_t id, tmesh_arena_t *arena,
                             tmesh_step_row_t **rows_p, size_t *count_p);
    tmesh_err_t (*results)(tmesh_reader_t *self, tmesh_step_id_t id, tmesh_arena_t *arena,
                           tmesh_result_row_t **rows_p, size_t *count_p);
    tmesh_err_t (*tasks)(tmesh_reader_t *self, const tmesh_task_filter_t *filter,
                         tmesh_arena_t *arena, tmesh_task_view_t **views_p, size_t *count_p);
    tmesh_err_t (*transitions)(tmesh_reader_t *self, tmesh_task_id_t id, uint32_t after,
                               uint32_t limit, tmesh_arena_t *arena,
                               tmesh_transition_row_t **rows_p, size_t *count_p);
    tmesh_err_t (*definition)(tmesh_reader_t *self, int64_t id, tmesh_arena_t *arena,
                              tmesh_definition_row_t *row);
    tmesh_err_t (*definitions)(tmesh_reader_t *self, const char *namespace_name, const char *name,
                               tmesh_arena_t *arena, tmesh_definition_row_t **rows_p,
                               size_t *count_p);
    tmesh_err_t (*checkpoints)(tmesh_reader_t *self, tmesh_step_id_t id, tmesh_arena_t *arena,
                               tmesh_checkpoint_row_t **rows_p, size_t *count_p);
    tmesh_err_t (*pauses)(tmesh_reader_t *self, tmesh_arena_t *arena, tmesh_pause_row_t **rows_p,
                          size_t *count_p);
    tmesh_err_t (*dlq_entry)(tmesh_reader_t *self, tmesh_dlq_id_t id, tmesh_arena_t *arena,
                             tmesh_dlq_row_t *row);
    tmesh_err_t (*dlq_entries)(tmesh_reader_t *self, const tmesh_dlq_filter_t *filter,
                               tmesh_arena_t *arena, tmesh_dlq_row_t **rows_p, size_t *count_p);
    tmesh_err_t (*dlq_stats)(tmesh_reader_t *self, tmesh_arena_t *arena,
                             tmesh_dlq_stat_t **rows_p, size_t *count_p);
    tmesh_err_t (*problems)(tmesh_reader_t *self, int64_t now_ms, uint32_t limit,
                            tmesh_arena_t *arena, tmesh_problem_t **problems_p, size_t *count_p);
    tmesh_err_t (*open_tasks)(tmesh_reader_t *self, uint64_t *count_p);
    tmesh_err_t (*backlog)(tmesh_reader_t *self, uint32_t limit, tmesh_arena_t *arena,
                           tmesh_backlog_t **rows_p, size_t *count_p);
} tmesh_reader_backend_t;

// The first member of every backend's own struct.
struct tmesh_reader {
    const tmesh_reader_backend_t *backend;
};

void tmesh_reader_destroy(tmesh_reader_t **self_p);
// TMESH_ERR_NOT_FOUND when there is no such task.
tmesh_err_t tmesh_reader_task(tmesh_reader_t *self, tmesh_task_id_t id, bool with_context,
                              tmesh_arena_t *arena, tmesh_task_view_t *view);
// All steps of a task by number; none is no error.
tmesh_err_t tmesh_reader_steps(tmesh_reader_t *self, tmesh_task_id_t id, tmesh_arena_t *arena,
                               tmesh_step_view_t **views_p, size_t *count_p);
// The same steps without their parents and results, which may be large.
tmesh_err_t tmesh_reader_step_rows(tmesh_reader_t *self, tmesh_task_id_t id, tmesh_arena_t *arena,
                                   tmesh_step_row_t **rows_p, size_t *count_p);
// All results of a step that were accepted, by run; none is no error.
tmesh_err_t tmesh_reader_results(tmesh_reader_t *self, tmesh_step_id_t id, tmesh_arena_t *arena,
                                 tmesh_result_row_t **rows_p, size_t *count_p);
// Newest first.
tmesh_err_t tmesh_reader_tasks(tmesh_reader_t *self, const tmesh_task_filter_t *filter,
                               tmesh_arena_t *arena, tmesh_task_view_t **views_p, size_t *count_p);
// The passages of a task and its steps with a number above `after`, in order.
tmesh_err_t tmesh_reader_transitions(tmesh_reader_t *self, tmesh_task_id_t id, uint32_t after,
                                     uint32_t limit, tmesh_arena_t *arena,
                                     tmesh_transition_row_t **rows_p, size_t *count_p);
tmesh_err_t tmesh_reader_definition(tmesh_reader_t *self, int64_t id, tmesh_arena_t *arena,
                                    tmesh_definition_row_t *row);
// The current definition of each version, without json; namespace_name and name NULL: all.
tmesh_err_t tmesh_reader_definitions(tmesh_reader_t *self, const char *namespace_name,
                                     const char *name, tmesh_arena_t *arena,
                                     tmesh_definition_row_t **rows_p, size_t *count_p);
// The checkpoints of a step that are kept, in order.
tmesh_err_t tmesh_reader_checkpoints(tmesh_reader_t *self, tmesh_step_id_t id,
                                     tmesh_arena_t *arena, tmesh_checkpoint_row_t **rows_p,
                                     size_t *count_p);
// What is paused, by namespace and callable.
tmesh_err_t tmesh_reader_pauses(tmesh_reader_t *self, tmesh_arena_t *arena,
                                tmesh_pause_row_t **rows_p, size_t *count_p);
// TMESH_ERR_NOT_FOUND when there is no such entry of the dead letter queue.
tmesh_err_t tmesh_reader_dlq_entry(tmesh_reader_t *self, tmesh_dlq_id_t id, tmesh_arena_t *arena,
                                   tmesh_dlq_row_t *row);
// Newest first, unless the filter says otherwise.
tmesh_err_t tmesh_reader_dlq_entries(tmesh_reader_t *self, const tmesh_dlq_filter_t *filter,
                                     tmesh_arena_t *arena, tmesh_dlq_row_t **rows_p,
                                     size_t *count_p);
// One row for each reason and status that occurs.
tmesh_err_t tmesh_reader_dlq_stats(tmesh_reader_t *self, tmesh_arena_t *arena,
                                   tmesh_dlq_stat_t **rows_p, size_t *count_p);
// Everything that must never be found, at most `limit` of each kind. Reads the whole store.
tmesh_err_t tmesh_reader_problems(tmesh_reader_t *self, int64_t now_ms, uint32_t limit,
                                  tmesh_arena_t *arena, tmesh_problem_t **problems_p,
                                  size_t *count_p);
// How many tasks have not ended. Reads all tasks.
tmesh_err_t tmesh_reader_open_tasks(tmesh_reader_t *self, uint64_t *count_p);
// By namespace, those with any, in no order. Of each queue at most `limit` steps are counted, or a long
// backlog would keep the reader busy.
tmesh_err_t tmesh_reader_backlog(tmesh_reader_t *self, uint32_t limit, tmesh_arena_t *arena,
                                 tmesh_backlog_t **rows_p, size_t *count_p);

#endif
