#include "services/store/postgres/works.h"

#include <assert.h>
#include <poll.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/claims.h"
#include "services/store/postgres/load.h"
#include "services/store/postgres/settle.h"
#include "services/store/postgres/store_private.h"
#include "services/store/sql/save.h"

enum {
    SETTLE_MS = 120000, // for a failover or a recovery
    PAUSE_MS = 200,     // between two tries
};

static tmesh_store_postgres_t *of(tmesh_store_t *store)
{
    return (tmesh_store_postgres_t *)store;
}

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static tmesh_err_t begin_on(tmesh_store_postgres_t *self, tmesh_postgres_connection_t *connection,
                            const tmesh_wants_t *wants, tmesh_work_t **work_p)
{
    tmesh_auto(tmesh_work) work = tmesh_work_new();
    work->node = self->node;
    tmesh_postgres_stamp_t *stamp = tmesh_postgres_connection_stamp(connection);
    tmesh_err_t err = tmesh_postgres_load_begin(connection, wants, work, stamp);
    if (err) return err;
    work->now_ms = self->clock ? tmesh_clock_now_ms(self->clock) : stamp->now_ms;
    *work_p = work;
    work = NULL;
    return TMESH_OK;
}

tmesh_err_t tmesh_postgres_works_begin(tmesh_store_t *store, const tmesh_wants_t *wants,
                                  tmesh_work_t **work_p)
{
    tmesh_store_postgres_t *self = of(store);
    while (true) { // ends with a connection that is new
        if (self->is_over) return TMESH_ERR_FATAL;
        tmesh_postgres_connection_t *connection = NULL;
        bool is_new = false;
        tmesh_err_t err = tmesh_postgres_pool_take(self->pool, &connection, &is_new);
        if (err) return err;
        err = begin_on(self, connection, wants, work_p);
        if (!err) return TMESH_OK;
        tmesh_postgres_connection_rollback(connection);
        tmesh_postgres_pool_give(self->pool);
        if (err != TMESH_ERR_CONNECTION || is_new) return err;
        // It was lost while nobody used it, and so were the others. Nothing has happened yet.
        tmesh_postgres_pool_forget_idle(self->pool);
    }
}

tmesh_err_t tmesh_postgres_works_extend(tmesh_store_t *store, const tmesh_wants_t *wants,
                                   tmesh_work_t *work)
{
    return tmesh_postgres_load_more(tmesh_postgres_pool_mine(of(store)->pool), wants, work);
}

// Ends this thread's transaction without writing.
static void give_up(tmesh_store_postgres_t *self, tmesh_postgres_connection_t *connection)
{
    tmesh_postgres_connection_rollback(connection);
    tmesh_postgres_pool_give(self->pool);
}

void tmesh_postgres_works_abandon(tmesh_store_t *store)
{
    tmesh_store_postgres_t *self = of(store);
    count(&self->counters.rollbacks);
    give_up(self, tmesh_postgres_pool_mine(self->pool));
}

// Loads the claims of a work that was committed, when the answer was lost with the connection. A claim
// that stays without is left to its hand-off time.
static void load_claims_again(tmesh_postgres_connection_t *connection, tmesh_work_t *work)
{
    tmesh_postgres_claims_t claims = {0};
    tmesh_postgres_claims_ask(&claims, connection, work);
    tmesh_err_t err = tmesh_postgres_connection_sync(connection);
    if (!err) err = tmesh_postgres_claims_take(&claims, work);
    tmesh_postgres_claims_clear(&claims);
    if (err) work->claim_count = 0;
}

// The connection was lost and with it the answer to COMMIT. Nobody goes on before it is known.
static tmesh_err_t find_out(tmesh_store_postgres_t *self, const tmesh_postgres_stamp_t *stamp,
                            tmesh_work_t *work)
{
    const int64_t until_ms = tmesh_clock_monotonic_ms(self->timer) + SETTLE_MS;
    for (; tmesh_clock_monotonic_ms(self->timer) < until_ms; poll(NULL, 0, PAUSE_MS)) {
        tmesh_postgres_connection_t *connection = NULL;
        bool is_new = false;
        bool is_committed = false;
        tmesh_err_t err =
            tmesh_postgres_pool_take_patiently(self->pool, &connection, &is_new, NULL);
        if (err) continue;
        err = tmesh_postgres_settle(connection, stamp, &is_committed);
        if (!err && is_committed && work) load_claims_again(connection, work);
        give_up(self, connection);
        if (!err) return is_committed ? TMESH_OK : TMESH_ERR_CONNECTION;
    }
    self->is_over = true;
    return TMESH_ERR_FATAL;
}

// Commits what is queued, and gives the connection back whatever comes of it. `claims` and `work`: NULL
// when there are none. Values of claims are judged behind the commit: one that does not fit is CORRUPT
// although the work was written, which nothing but a damaged table can bring about.
static tmesh_err_t run_commit(tmesh_store_postgres_t *self, tmesh_postgres_connection_t *connection,
                              uint64_t changes_before, tmesh_postgres_claims_t *claims,
                              tmesh_work_t *work)
{
    tmesh_postgres_settle_mark(connection);
    tmesh_postgres_connection_add(connection, TMESH_STATEMENT_COMMIT);
    tmesh_err_t err = tmesh_postgres_connection_sync(connection); // the round trip
    bool has_written = tmesh_postgres_connection_changes(connection) > changes_before;
    tmesh_err_t of_claims = TMESH_OK;
    if (claims && !err) of_claims = tmesh_postgres_claims_take(claims, work);
    if (claims) tmesh_postgres_claims_clear(claims);
    tmesh_postgres_stamp_t stamp = *tmesh_postgres_connection_stamp(connection);
    give_up(self, connection); // nothing, when it was committed
    if (err == TMESH_ERR_CONNECTION) {
        tmesh_postgres_pool_forget_idle(self->pool);
        err = find_out(self, &stamp, work);
        has_written = true;
    }
    if (err || has_written) count(err ? &self->counters.rollbacks : &self->counters.commits);
    return err ? err : of_claims;
}

tmesh_err_t tmesh_postgres_works_commit(tmesh_store_t *store, tmesh_work_t *work)
{
    tmesh_store_postgres_t *self = of(store);
    tmesh_postgres_connection_t *connection = tmesh_postgres_pool_mine(self->pool);
    uint64_t changes_before = tmesh_postgres_connection_changes(connection);
    tmesh_err_t err = tmesh_sql_save(tmesh_postgres_connection_sql(connection), work);
    assert(!err); // it is only queued here
    bool is_empty = !tmesh_postgres_connection_has_queued(connection) && work->claim_count == 0;
    if (is_empty) {
        give_up(self, connection);
        return TMESH_OK;
    }
    tmesh_postgres_claims_t claims = {0};
    tmesh_postgres_claims_ask(&claims, connection, work);
    err = run_commit(self, connection, changes_before, &claims, work);
    if (!err) tmesh_sql_save_finish(work);
    return err;
}

// Begins one that needs nothing but its name.
tmesh_err_t tmesh_postgres_works_begin_short(tmesh_postgres_short_t *self, tmesh_store_t *store)
{
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_postgres_works_begin(store, &(tmesh_wants_t){0}, &work);
    if (err) return err;
    tmesh_work_destroy(&work);
    self->store = store;
    self->connection = tmesh_postgres_pool_mine(of(store)->pool);
    self->changes_before = tmesh_postgres_connection_changes(self->connection);
    return TMESH_OK;
}

tmesh_err_t tmesh_postgres_works_end_short(const tmesh_postgres_short_t *self, tmesh_err_t err)
{
    if (err) {
        tmesh_postgres_works_abandon(self->store);
        return err;
    }
    bool is_empty = !tmesh_postgres_connection_has_queued(self->connection) &&
                    tmesh_postgres_connection_changes(self->connection) == self->changes_before;
    if (!is_empty) {
        return run_commit(of(self->store), self->connection, self->changes_before, NULL, NULL);
    }
    give_up(of(self->store), self->connection);
    return TMESH_OK;
}
