#include "services/store/postgres/claims.h"

#include "runtime/base/memory.h"
#include "services/store/sql/columns.h"
#include "services/store/sql/rows_list.h"

enum { LOOKED_AT_MAX = 256 }; // steps that are looked at above one claim

// Of one claimed step; or of one task, shared by its claims: a task's id is no step's.
typedef struct {
    bool is_known; // the context
    tmesh_bytes_t context;
    const char *correlation_id;
    tmesh_rows_list_t inputs;
    tmesh_rows_list_t ancestors;
    size_t ancestor_bytes;
    bool is_truncated;
    tmesh_bytes_t own_inputs;
    const tmesh_checkpoint_row_t *checkpoint;
} found_t;

typedef struct {
    tmesh_work_t *work;
    tmesh_map_t *by_id;
} finds_t;

// ---- Asking -------------------------------------------------------------------------------------

static bool wants_context(const tmesh_work_t *work, const tmesh_claim_t *claim)
{
    (void)work;
    return !claim->step->task->request; // otherwise it was made by this work
}

static bool wants_inputs(const tmesh_work_t *work, const tmesh_claim_t *claim)
{
    (void)work;
    return !claim->step->task->is_new; // otherwise a first step, which has no parents
}

static bool wants_ancestors(const tmesh_work_t *work, const tmesh_claim_t *claim)
{
    return work->ancestor_bytes_max > 0 && wants_inputs(work, claim);
}

static bool wants_own_inputs(const tmesh_work_t *work, const tmesh_claim_t *claim)
{
    (void)work;
    return claim->step->row.batch_of > 0;
}

static bool wants_checkpoint(const tmesh_work_t *work, const tmesh_claim_t *claim)
{
    (void)work;
    return claim->step->row.run > 1; // otherwise nobody can have saved one yet
}

// Whose parents' results are not all meant for it: a worker of a large batch needs its own part only.
static int64_t workers_max(const tmesh_claim_t *claim)
{
    return claim->step->row.batch_of > 0 ? TMESH_BATCH_TOLD_MAX : UINT16_MAX;
}

static void bind_workers_max(tmesh_sql_t *sql, const tmesh_work_t *work)
{
    for (uint32_t i = 0; i < work->claim_count; i++) {
        if (!wants_inputs(work, &work->claims[i])) continue;
        tmesh_postgres_sql_at(sql, 1);
        tmesh_sql_bind_int(sql, workers_max(&work->claims[i]));
    }
}

static tmesh_sql_t *ask_dlq_written(tmesh_postgres_connection_t *connection,
                                    const tmesh_work_t *work)
{
    tmesh_sql_t *sql = NULL;
    for (uint32_t i = 0; i < work->dlq_entry_count; i++) {
        const tmesh_work_dlq_t *entry = work->dlq_entries[i];
        if (!entry->is_new && !entry->is_changed) continue;
        if (!sql) sql = tmesh_postgres_connection_use(connection, TMESH_STATEMENT_DLQ_WRITTEN);
        tmesh_sql_bind_blob(sql, entry->row.id.bytes, sizeof entry->row.id.bytes);
        tmesh_sql_bind_int(sql, entry->row.status);
    }
    return sql;
}

// Binds the ids of the steps, or of their tasks, that want it; NULL when none does.
static tmesh_sql_t *ask(tmesh_postgres_connection_t *connection, int statement,
                        const tmesh_work_t *work,
                        bool is_wanted(const tmesh_work_t *, const tmesh_claim_t *), bool by_task)
{
    tmesh_sql_t *sql = NULL;
    for (uint32_t i = 0; i < work->claim_count; i++) {
        const tmesh_claim_t *claim = &work->claims[i];
        if (!is_wanted(work, claim)) continue;
        if (!sql) sql = tmesh_postgres_connection_use(connection, statement);
        const uint8_t *id = by_task ? claim->step->task->row.id.bytes : claim->step->row.id.bytes;
        tmesh_postgres_sql_at(sql, 0);
        tmesh_sql_bind_blob(sql, id, sizeof claim->step->row.id.bytes);
    }
    return sql;
}

void tmesh_postgres_claims_ask(tmesh_postgres_claims_t *self,
                               tmesh_postgres_connection_t *connection, const tmesh_work_t *work)
{
    self->contexts = ask(connection, TMESH_STATEMENT_CONTEXTS, work, wants_context, true);
    self->inputs = ask(connection, TMESH_STATEMENT_INPUTS, work, wants_inputs, false);
    self->ancestors = ask(connection, TMESH_STATEMENT_ANCESTORS, work, wants_ancestors, false);
    self->own_inputs =
        ask(connection, TMESH_STATEMENT_STEP_INPUTS, work, wants_own_inputs, false);
    self->checkpoints =
        ask(connection, TMESH_STATEMENT_LAST_CHECKPOINTS, work, wants_checkpoint, false);
    self->dlq_written = ask_dlq_written(connection, work);
    if (self->inputs) bind_workers_max(self->inputs, work);
    if (self->ancestors) {
        tmesh_postgres_sql_at(self->ancestors, 1);
        tmesh_sql_bind_int(self->ancestors, (int64_t)work->ancestor_bytes_max);
        tmesh_sql_bind_int(self->ancestors, LOOKED_AT_MAX);
    }
    tmesh_sql_t *const all[] = {self->contexts, self->inputs, self->ancestors, self->own_inputs,
                                self->checkpoints, self->dlq_written};
    for (size_t i = 0; i < TMESH_COUNT_OF(all); i++) {
        if (all[i]) tmesh_postgres_sql_send(all[i]);
    }
}

void tmesh_postgres_claims_clear(tmesh_postgres_claims_t *self)
{
    tmesh_sql_destroy(&self->contexts);
    tmesh_sql_destroy(&self->inputs);
    tmesh_sql_destroy(&self->ancestors);
    tmesh_sql_destroy(&self->own_inputs);
    tmesh_sql_destroy(&self->checkpoints);
    tmesh_sql_destroy(&self->dlq_written);
}

// ---- Taking -------------------------------------------------------------------------------------

static found_t *find(finds_t *finds, const uint8_t id[16])
{
    found_t *found = tmesh_map_get(finds->by_id, id, 16);
    if (found) return found;
    tmesh_arena_t *arena = finds->work->arena;
    found = tmesh_arena_alloc(arena, sizeof *found);
    found->inputs = (tmesh_rows_list_t){.arena = arena, .size = sizeof(tmesh_claim_input_t)};
    found->ancestors = found->inputs;
    tmesh_map_put(finds->by_id, id, 16, found);
    return found;
}

// Whose row is read: its first column.
static found_t *find_owner(finds_t *finds, tmesh_sql_t *sql)
{
    uint8_t id[16] = {0};
    tmesh_sql_read_blob(sql, id, sizeof id);
    return find(finds, id);
}

static tmesh_err_t take_contexts(finds_t *finds, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        found_t *found = find_owner(finds, sql);
        found->correlation_id = tmesh_sql_read_text(sql, finds->work->arena);
        found->context = tmesh_sql_read_bytes(sql, finds->work->arena);
        found->is_known = true;
    }
    return sql ? sql->err : TMESH_OK;
}

static void read_input(finds_t *finds, tmesh_sql_t *sql, tmesh_claim_input_t *input)
{
    tmesh_sql_read_blob(sql, input->step_id.bytes, sizeof input->step_id.bytes);
    input->template_index = (uint16_t)tmesh_sql_read_within(sql, 0, UINT16_MAX);
    input->name = tmesh_sql_read_text(sql, finds->work->arena);
    input->result = tmesh_sql_read_bytes(sql, finds->work->arena);
}

static tmesh_err_t take_inputs(finds_t *finds, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        found_t *found = find_owner(finds, sql);
        tmesh_claim_input_t *input = tmesh_rows_list_add(&found->inputs);
        read_input(finds, sql, input);
        input->error_code = tmesh_sql_read_text(sql, finds->work->arena);
        input->error_message = tmesh_sql_read_text(sql, finds->work->arena);
        input->left_out = tmesh_sql_read_bool(sql);
        input->has_parents = tmesh_sql_read_bool(sql);
        if (finds->work->ancestor_bytes_max == 0 && input->has_parents) found->is_truncated = true;
    }
    return sql ? sql->err : TMESH_OK;
}

// Nearest first, as many as there is room for.
static tmesh_err_t take_ancestors(finds_t *finds, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        found_t *found = find_owner(finds, sql);
        tmesh_claim_input_t input = {0};
        read_input(finds, sql, &input);
        int64_t looked_at = tmesh_sql_read_int(sql);
        if (sql->err) break;
        if (looked_at >= LOOKED_AT_MAX) found->is_truncated = true;
        if (found->ancestor_bytes + input.result.size > finds->work->ancestor_bytes_max) {
            found->is_truncated = true;
            continue;
        }
        found->ancestor_bytes += input.result.size;
        *(tmesh_claim_input_t *)tmesh_rows_list_add(&found->ancestors) = input;
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_own_inputs(finds_t *finds, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        find_owner(finds, sql)->own_inputs = tmesh_sql_read_bytes(sql, finds->work->arena);
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_checkpoints(finds_t *finds, tmesh_sql_t *sql)
{
    while (sql && tmesh_sql_next(sql)) {
        tmesh_checkpoint_row_t *row = tmesh_arena_alloc(finds->work->arena, sizeof *row);
        tmesh_columns_read_checkpoint(sql, finds->work->arena, row);
        if (!sql->err) find(finds, row->step_id.bytes)->checkpoint = row;
    }
    return sql ? sql->err : TMESH_OK;
}

static tmesh_err_t take_dlq_written(tmesh_work_t *work, tmesh_sql_t *sql)
{
    if (!sql) return TMESH_OK;
    for (uint32_t i = 0; i < work->dlq_entry_count; i++) {
        tmesh_work_dlq_t *entry = work->dlq_entries[i];
        entry->is_left_out = entry->is_new || entry->is_changed;
    }
    while (tmesh_sql_next(sql)) {
        tmesh_dlq_id_t id = {0};
        tmesh_sql_read_blob(sql, id.bytes, sizeof id.bytes);
        tmesh_work_dlq_t *entry = sql->err ? NULL : tmesh_work_find_dlq(work, id);
        if (entry) entry->is_left_out = false;
    }
    return sql->err;
}

// Into the claims, from what was found for each.
static tmesh_err_t hand_out(finds_t *finds)
{
    tmesh_work_t *work = finds->work;
    for (uint32_t i = 0; i < work->claim_count; i++) {
        tmesh_claim_t *claim = &work->claims[i];
        const tmesh_work_task_t *task = claim->step->task;
        found_t *cold = find(finds, task->row.id.bytes);
        if (!cold->is_known && task->request) { // a copy, for the request is only lent
            cold->context = tmesh_arena_bytes(work->arena, task->request->context);
            cold->correlation_id = tmesh_arena_text(work->arena, task->request->correlation_id);
            cold->is_known = true;
        }
        if (!cold->is_known) return TMESH_ERR_CORRUPT;
        const found_t *found = find(finds, claim->step->row.id.bytes);
        if (wants_own_inputs(work, claim) && !found->own_inputs.data) return TMESH_ERR_CORRUPT;
        claim->context = cold->context;
        claim->correlation_id = cold->correlation_id;
        claim->inputs = found->inputs.rows;
        claim->input_count = found->inputs.count;
        claim->ancestors = found->ancestors.rows;
        claim->ancestor_count = found->ancestors.count;
        claim->is_truncated = found->is_truncated;
        claim->own_inputs = found->own_inputs;
        claim->checkpoint = found->checkpoint;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_postgres_claims_take(tmesh_postgres_claims_t *self, tmesh_work_t *work)
{
    finds_t finds = {.work = work, .by_id = tmesh_map_new()};
    tmesh_err_t err = take_contexts(&finds, self->contexts);
    if (!err) err = take_inputs(&finds, self->inputs);
    if (!err) err = take_ancestors(&finds, self->ancestors);
    if (!err) err = take_own_inputs(&finds, self->own_inputs);
    if (!err) err = take_checkpoints(&finds, self->checkpoints);
    if (!err) err = take_dlq_written(work, self->dlq_written);
    if (!err) err = hand_out(&finds);
    tmesh_map_destroy(&finds.by_id);
    return err;
}
