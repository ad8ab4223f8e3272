#include "services/store/postgres/load_parts.h"

static bool has_due(const tmesh_postgres_load_t *load)
{
    return load->wants->due_until_ms > 0;
}

static bool has_claimable(const tmesh_postgres_load_t *load)
{
    return load->queues->count > 0;
}

static tmesh_sql_t *use(tmesh_postgres_load_t *load, int statement)
{
    return tmesh_postgres_connection_use(load->connection, statement);
}

static void bind_id(tmesh_sql_t *sql, int index, const uint8_t id[16])
{
    tmesh_postgres_sql_at(sql, index);
    tmesh_sql_bind_blob(sql, id, 16);
}

// The tasks of the work have their locks already.
static uint32_t bind_unlocked(tmesh_postgres_load_t *load, tmesh_sql_t *sql)
{
    const tmesh_wants_t *wants = load->wants;
    uint32_t count = 0;
    for (size_t i = 0; i < wants->task_count; i++) {
        if (tmesh_work_find_task(load->work, wants->task_ids[i])) continue;
        bind_id(sql, 0, wants->task_ids[i].bytes);
        count++;
    }
    for (size_t i = 0; i < wants->step_count; i++) {
        tmesh_task_id_t id = tmesh_task_id_of_step(wants->step_ids[i]);
        if (tmesh_work_find_task(load->work, id)) continue;
        bind_id(sql, 0, id.bytes);
        count++;
    }
    return count;
}

static void bind_due(tmesh_postgres_load_t *load, tmesh_sql_t *sql, int index)
{
    tmesh_postgres_sql_at(sql, index);
    tmesh_sql_bind_int(sql, has_due(load) ? load->wants->due_until_ms : INT64_MIN);
    tmesh_postgres_sql_at(sql, index + 1);
    tmesh_sql_bind_int(sql, load->wants->due_limit);
}

// Those that are named are waited for.
static tmesh_sql_t *ask_locks(tmesh_postgres_load_t *load)
{
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_LOCK_TASKS);
    if (bind_unlocked(load, sql) > 0) tmesh_postgres_sql_send(sql);
    else tmesh_sql_destroy(&sql);
    return sql;
}

static tmesh_sql_t *ask_found(tmesh_postgres_load_t *load)
{
    if (!has_due(load) && !has_claimable(load)) return NULL;
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_FIND_TASKS);
    bind_due(load, sql, 0);
    tmesh_postgres_queues_bind(load->queues, sql, 2);
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_by_tasks(tmesh_postgres_load_t *load, int statement, bool is_wanted)
{
    if (!is_wanted || load->wants->task_count == 0) return NULL;
    tmesh_sql_t *sql = use(load, statement);
    for (size_t i = 0; i < load->wants->task_count; i++) {
        bind_id(sql, 0, load->wants->task_ids[i].bytes);
    }
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_by_steps(tmesh_postgres_load_t *load, int statement, bool is_wanted)
{
    if (!is_wanted || load->wants->step_count == 0) return NULL;
    tmesh_sql_t *sql = use(load, statement);
    for (size_t i = 0; i < load->wants->step_count; i++) {
        bind_id(sql, 0, load->wants->step_ids[i].bytes);
    }
    tmesh_postgres_sql_send(sql);
    return sql;
}

// Workers that this work has given a slot already still read as waiting.
static tmesh_sql_t *ask_batches(tmesh_postgres_load_t *load)
{
    if (!load->wants->with_children || load->wants->step_count == 0) return NULL;
    uint32_t given = 0;
    for (uint32_t i = 0; i < load->work->step_count; i++) {
        if (load->work->steps[i]->slots_given > given) given = load->work->steps[i]->slots_given;
    }
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_BATCHES);
    for (size_t i = 0; i < load->wants->step_count; i++) {
        bind_id(sql, 0, load->wants->step_ids[i].bytes);
    }
    tmesh_postgres_sql_at(sql, 1);
    tmesh_sql_bind_int(sql, given);
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_identities(tmesh_postgres_load_t *load, int statement)
{
    if (load->wants->identity_count == 0) return NULL;
    tmesh_sql_t *sql = use(load, statement);
    for (size_t i = 0; i < load->wants->identity_count; i++) {
        const tmesh_identity_t *identity = &load->wants->identities[i];
        tmesh_sql_bind_blob(sql, identity->bytes, sizeof identity->bytes);
    }
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_dlq(tmesh_postgres_load_t *load)
{
    if (load->wants->dlq_count == 0) return NULL;
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_LOCK_DLQ);
    for (size_t i = 0; i < load->wants->dlq_count; i++) {
        bind_id(sql, 0, load->wants->dlq_ids[i].bytes);
    }
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_due_steps(tmesh_postgres_load_t *load)
{
    if (!has_due(load)) return NULL;
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_STEPS_DUE);
    bind_due(load, sql, 0);
    tmesh_postgres_sql_send(sql);
    return sql;
}

static tmesh_sql_t *ask_claimable(tmesh_postgres_load_t *load)
{
    if (!has_claimable(load)) return NULL;
    tmesh_sql_t *sql = use(load, TMESH_STATEMENT_CLAIMABLE_STEPS);
    tmesh_postgres_queues_bind(load->queues, sql, 0);
    tmesh_postgres_sql_send(sql);
    return sql;
}

void tmesh_postgres_load_ask(tmesh_postgres_load_t *self, bool begins,
                             tmesh_postgres_answers_t *answers)
{
    const tmesh_wants_t *wants = self->wants;
    if (begins) tmesh_postgres_connection_add(self->connection, TMESH_STATEMENT_BEGIN);
    tmesh_sql_t *identity_locks = ask_identities(self, TMESH_STATEMENT_LOCK_IDENTITIES);
    tmesh_sql_destroy(&identity_locks); // there is nothing to read in it
    answers->locks = ask_locks(self);
    answers->found = ask_found(self);
    if (begins) {
        answers->stamp = use(self, TMESH_STATEMENT_STAMP);
        tmesh_postgres_sql_send(answers->stamp);
    }
    answers->steps_of_tasks =
        ask_by_tasks(self, TMESH_STATEMENT_STEPS_OF_TASKS, wants->with_all_steps);
    answers->identities_of_tasks =
        ask_by_tasks(self, TMESH_STATEMENT_IDENTITIES_OF_TASKS, wants->with_their_identities);
    answers->steps = ask_by_steps(self, TMESH_STATEMENT_STEPS, true);
    answers->results = ask_by_steps(self, TMESH_STATEMENT_RESULTS_OF_RUNS, true);
    answers->children = ask_by_steps(self, TMESH_STATEMENT_CHILDREN, wants->with_children);
    answers->batches = ask_batches(self);
    answers->identities = ask_identities(self, TMESH_STATEMENT_IDENTITIES);
    answers->dlq = ask_dlq(self);
    answers->due_steps = ask_due_steps(self);
    answers->claimable = ask_claimable(self);
}

void tmesh_postgres_load_clear(tmesh_postgres_answers_t *answers)
{
    tmesh_sql_destroy(&answers->locks);
    tmesh_sql_destroy(&answers->found);
    tmesh_sql_destroy(&answers->stamp);
    tmesh_sql_destroy(&answers->steps_of_tasks);
    tmesh_sql_destroy(&answers->identities_of_tasks);
    tmesh_sql_destroy(&answers->steps);
    tmesh_sql_destroy(&answers->results);
    tmesh_sql_destroy(&answers->children);
    tmesh_sql_destroy(&answers->batches);
    tmesh_sql_destroy(&answers->identities);
    tmesh_sql_destroy(&answers->dlq);
    tmesh_sql_destroy(&answers->due_steps);
    tmesh_sql_destroy(&answers->claimable);
}
