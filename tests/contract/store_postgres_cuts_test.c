// The wire is cut at every message of a batch's conversation, one after the other: before it, within it,
// behind it. The server hears nothing of that, and its process stays in its transaction. Whatever the
// store says then is true, and who was told CONNECTION can do it again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "runtime/base/memory.h"
#include "tests/support/store_postgres_wire.h"
#include "tests/support/store_suite.h"

enum { TRIES_MAX = 5, MESSAGES_MIN = 20, MESSAGES_MAX = 500 };

typedef enum { WITHIN_BEGIN, WITHIN_COMMIT } stage_t;

typedef struct {
    tmesh_store_fixture_t *fixture;
    tmesh_postgres_proxy_t *proxy;
    PGconn *beside; // past the wire
    stage_t stage;
    int number; // of the message
    tmesh_postgres_proxy_part_t part;
    bool has_happened; // the cut, since it was planned
    bool is_first_try;
    int told_done; // of those that were cut in the commit
    int told_lost;
} cutter_t;

static void before(cutter_t *self, stage_t stage)
{
    if (self->is_first_try && stage == self->stage) {
        tmesh_postgres_proxy_cut(self->proxy, self->number, self->part);
    }
}

static void behind(cutter_t *self, stage_t stage)
{
    if (self->is_first_try && stage == self->stage) {
        self->has_happened = tmesh_postgres_proxy_was_cut(self->proxy);
    }
}

static int64_t count_of(cutter_t *self, const char *what, const char *which)
{
    tmesh_auto_free char *sql = tmesh_printf(what, which);
    PGresult *result = PQexec(self->beside, sql);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    int64_t value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return value;
}

static int64_t count(cutter_t *self, const char *what, tmesh_task_id_t id)
{
    return count_of(self, what, tmesh_uuid_format(id.bytes, (tmesh_uuid_text_t){0}));
}

#define RESULTS "SELECT count(*) FROM taskmesh.results WHERE taskmesh.task_of(step_id) = '%s'"
// Passages without a gap, none of them twice.
#define PASSAGES_MISSING                                                                           \
    "SELECT max(t.last_number) - count(*) FROM taskmesh.transitions m "                            \
    "JOIN taskmesh.tasks t USING (task_id) WHERE task_id = '%s'"
#define OF_THIS_IDENTITY                                                                           \
    "SELECT count(*) FROM taskmesh.task_requests r JOIN taskmesh.task_requests o "                 \
    "ON o.identity = r.identity WHERE r.task_id = '%s'"

#define OF_THIS_VERSION                                                                            \
    "SELECT count(*) FROM taskmesh.definitions WHERE name = 'refund' AND version = '%s'"

static void hear(cutter_t *self, tmesh_err_t err)
{
    if (self->is_first_try && self->has_happened) {
        if (err) self->told_lost++;
        else self->told_done++;
    }
    if (err) assert_int_equal(err, TMESH_ERR_CONNECTION);
    self->is_first_try = false;
}

static tmesh_err_t commit(cutter_t *self, tmesh_work_t *work)
{
    before(self, WITHIN_COMMIT);
    tmesh_err_t err = tmesh_store_commit(self->fixture->store, work);
    behind(self, WITHIN_COMMIT);
    hear(self, err);
    return err;
}

// ---- A result, behind which the next step is claimed ----------------------------------------------

static tmesh_task_id_t put_claimed(tmesh_store_fixture_t *fixture)
{
    tmesh_work_t *work = tmesh_store_fixture_begin(fixture, &(tmesh_wants_t){0});
    tmesh_work_task_t *task = tmesh_store_fixture_add_task(fixture, work, 2, NULL);
    tmesh_work_step_t *step = tmesh_store_fixture_step_of(work, task, 1);
    tmesh_store_fixture_enqueue(work, step, 0);
    tmesh_store_fixture_claim(fixture, work, step);
    tmesh_task_id_t id = task->row.id;
    tmesh_store_fixture_commit(fixture, &work);
    return id;
}

static tmesh_err_t bring_result(cutter_t *self, tmesh_task_id_t id)
{
    before(self, WITHIN_BEGIN);
    tmesh_auto(tmesh_work) work =
        tmesh_store_fixture_load_step(self->fixture, tmesh_step_id_of(id, 1)); // it begins again
    behind(self, WITHIN_BEGIN);
    tmesh_work_step_t *step = tmesh_work_find_step(work, tmesh_step_id_of(id, 1));
    tmesh_work_step_t *next = tmesh_work_find_step(work, tmesh_step_id_of(id, 2));
    assert_int_equal(step->row.state, TMESH_STEP_ENQUEUED);
    assert_true(step->row.claimed);
    assert_int_equal(next->row.run, 0);
    tmesh_store_fixture_succeed(work, step, "1");
    tmesh_store_fixture_enqueue(work, next, 0);
    tmesh_store_fixture_claim(self->fixture, work, next);
    tmesh_err_t err = commit(self, work);
    if (!err) { // with what its worker needs
        assert_int_equal(work->claim_count, 1);
        assert_true(tmesh_bytes_equal_text(work->claims[0].context, "{}"));
    }
    assert_int_equal(count(self, RESULTS, id), !err);
    return err;
}

static void run_result(cutter_t *self)
{
    tmesh_task_id_t id = put_claimed(self->fixture);
    self->is_first_try = true;
    int tries = 1;
    while (bring_result(self, id)) assert_in_range(++tries, 1, TRIES_MAX);
    tmesh_work_t *work = tmesh_store_fixture_load_task(self->fixture, id); // no lock is left
    assert_int_equal(work->steps[0]->row.state, TMESH_STEP_COMPLETE);
    assert_int_equal(work->steps[1]->row.run, 1);
    assert_true(work->steps[1]->row.claimed);
    tmesh_store_abandon(self->fixture->store, &work);
    assert_int_equal(count(self, RESULTS, id), 1);
    assert_int_equal(count(self, PASSAGES_MISSING, id), 0);
}

// ---- A submission with an identity ----------------------------------------------------------------

static tmesh_err_t submit(cutter_t *self, const tmesh_identity_t *identity, tmesh_task_id_t *id_p)
{
    tmesh_request_row_t request = {
        .context = tmesh_bytes_of_text("{}"), .has_identity = true, .identity = *identity};
    tmesh_wants_t wants = {.identities = identity, .identity_count = 1};
    before(self, WITHIN_BEGIN);
    tmesh_auto(tmesh_work) work = tmesh_store_fixture_begin(self->fixture, &wants);
    behind(self, WITHIN_BEGIN);
    assert_null(tmesh_work_find_identity(work, identity)); // or the answer before was no CONNECTION
    *id_p = tmesh_store_fixture_add_task(self->fixture, work, 1, &request)->row.id;
    return commit(self, work);
}

static void run_submission(cutter_t *self)
{
    tmesh_identity_t identity = {{0}};
    tmesh_random_fill(self->fixture->random, identity.bytes, sizeof identity.bytes);
    tmesh_task_id_t id = {{0}};
    self->is_first_try = true;
    int tries = 1;
    while (submit(self, &identity, &id)) assert_in_range(++tries, 1, TRIES_MAX);
    assert_int_equal(count(self, OF_THIS_IDENTITY, id), 1);
    assert_int_equal(count(self, PASSAGES_MISSING, id), 0);
}

// ---- A definition, whose transaction is one call ---------------------------------------------------

static tmesh_err_t put_definition(cutter_t *self, const char *version)
{
    tmesh_definition_row_t row = {
        .namespace_name = "shop", .name = "refund", .version = version, .step_count = 1,
        .json = tmesh_bytes_of_text("{}"), .created_ms = 5,
    };
    bool is_created = false;
    before(self, WITHIN_COMMIT);
    tmesh_err_t err =
        tmesh_store_put_definition(self->fixture->store, &row, NULL, 0, &is_created);
    behind(self, WITHIN_COMMIT);
    hear(self, err);
    if (!err) assert_true(is_created);
    assert_int_equal(count_of(self, OF_THIS_VERSION, version), !err);
    return err;
}

static void run_definition(cutter_t *self)
{
    tmesh_auto_free char *version = tmesh_printf("1.%d.%d", (int)self->part, self->number);
    self->is_first_try = true;
    int tries = 1;
    while (put_definition(self, version)) assert_in_range(++tries, 1, TRIES_MAX);
}

// ---- Every message --------------------------------------------------------------------------------

// Message by message, until a conversation ends before the one that was to be cut.
static void cut_everywhere(tmesh_store_fixture_t *fixture, stage_t stage, void (*run)(cutter_t *))
{
    const tmesh_store_postgres_wire_t *wire = fixture->place;
    cutter_t self = {.fixture = fixture, .proxy = wire->proxy, .stage = stage};
    self.beside = PQconnectdb(wire->url);
    const tmesh_postgres_proxy_part_t last = POSTGRES_PROXY_ALL;
    int cuts = 0;
    for (self.part = POSTGRES_PROXY_NOTHING; self.part <= last; self.part++) {
        self.number = 0;
        do {
            self.number++;
            assert_in_range(self.number, 1, MESSAGES_MAX);
            run(&self);
            cuts += self.has_happened;
        } while (self.has_happened);
        assert_in_range(self.number, MESSAGES_MIN, MESSAGES_MAX);
    }
    PQfinish(self.beside);
    printf("%d cuts; in the commit: %d done, %d lost\n", cuts, self.told_done, self.told_lost);
    if (stage == WITHIN_COMMIT) assert_true(self.told_done > 0 && self.told_lost > 0);
}

static void a_result_counts_once_when_the_commit_is_cut(void **state)
{
    cut_everywhere(*state, WITHIN_COMMIT, run_result);
}

static void a_submission_makes_one_task_when_the_commit_is_cut(void **state)
{
    cut_everywhere(*state, WITHIN_COMMIT, run_submission);
}

static void a_definition_is_created_once_when_anything_is_cut(void **state)
{
    cut_everywhere(*state, WITHIN_COMMIT, run_definition);
}

static void a_result_counts_once_when_the_beginning_is_cut(void **state)
{
    cut_everywhere(*state, WITHIN_BEGIN, run_result);
}

static void a_submission_makes_one_task_when_the_beginning_is_cut(void **state)
{
    cut_everywhere(*state, WITHIN_BEGIN, run_submission);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_result_counts_once_when_the_commit_is_cut, &tmesh_store_postgres_wires),
        STORE_TEST(a_submission_makes_one_task_when_the_commit_is_cut, &tmesh_store_postgres_wires),
        STORE_TEST(a_definition_is_created_once_when_anything_is_cut, &tmesh_store_postgres_wires),
        STORE_TEST(a_result_counts_once_when_the_beginning_is_cut,
                   &tmesh_store_postgres_impatient_wires),
        STORE_TEST(a_submission_makes_one_task_when_the_beginning_is_cut,
                   &tmesh_store_postgres_impatient_wires),
    };
    return cmocka_run_group_tests_name("postgres cuts", tests, NULL, NULL);
}
