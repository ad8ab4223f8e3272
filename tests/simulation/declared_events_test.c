// Events that a template declares: which are published, of what, and how often, whatever happens to
// the step.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/people.h"

enum { MINUTE_MS = 60000, HEARD_MAX = 64, RUNS_MAX = 8 };

static const char template_text[] =
    "name: speaking\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"
    "  - name: try\n    handler: {callable: work}\n    timeout_seconds: 60\n"
    "    retry: {max_attempts: 3, backoff: linear, backoff_base_ms: 1000}\n"
    "    publishes_events:\n"
    "      - {name: try.done, description: d, schema: {}, condition: success}\n"
    "      - {name: try.failed, description: d, schema: {}, condition: failure}\n"
    "      - {name: try.again, description: d, schema: {}, condition: retryable_failure}\n"
    "      - {name: try.dead, description: d, schema: {}, condition: permanent_failure}\n"
    "      - {name: try.said, description: d, schema: {}, condition: always}\n"
    "  - {name: after, handler: {callable: work}, dependencies: [try]}\n";

// The events in one line, and how many different ids they have.
typedef struct {
    tmesh_sim_deed_t deeds[RUNS_MAX]; // by run
    char line[1024];
    char ids[HEARD_MAX][37];
    size_t count;
    char last_payload[64];
} heard_t;

static void hear(void *self, const tmesh_publication_t *event)
{
    heard_t *heard = self;
    const char prefix[] = "event.sim.try.";
    if (strncmp(event->topic, "event.", 6) != 0) return;
    assert_int_equal(strncmp(event->topic, prefix, strlen(prefix)), 0);
    size_t used = strlen(heard->line);
    snprintf(heard->line + used, sizeof heard->line - used, "%s%s", used ? " " : "",
             event->topic + strlen(prefix));
    assert_true(heard->count < HEARD_MAX);
    assert_int_equal(sscanf(event->body, "{\"event_id\":\"%36[0-9a-f-]\"",
                            heard->ids[heard->count]), 1);
    for (size_t i = 0; i < heard->count; i++) {
        assert_string_not_equal(heard->ids[i], heard->ids[heard->count]);
    }
    heard->count++;
    snprintf(heard->last_payload, sizeof heard->last_payload, "%.*s", (int)event->payload.size,
             event->payload.data ? event->payload.data : "");
}

static tmesh_sim_deed_t play(void *self, const tmesh_parcel_t *parcel, tmesh_random_t *random)
{
    (void)random;
    const heard_t *heard = self;
    if (strcmp(parcel->step_name, "try") != 0) return TMESH_SIM_SUCCEED;
    assert_true(parcel->fence.run <= RUNS_MAX);
    return heard->deeds[parcel->fence.run - 1];
}

static tmesh_sim_t *open_sim(heard_t *heard, unsigned double_percent)
{
    tmesh_sim_config_t config = {.seed = 7, .capacity = 4, .double_percent = double_percent,
                                 .script = play, .script_self = heard,
                                 .hear = hear, .hear_self = heard};
    tmesh_sim_t *sim = tmesh_sim_open(&config);
    tmesh_sim_put_template(sim, template_text);
    return sim;
}

// Runs a task with these deeds of its step, one after the other; what was heard until it settled.
static void assert_hears(heard_t heard, unsigned double_percent, const char *line)
{
    tmesh_sim_t *sim = open_sim(&heard, double_percent);
    (void)tmesh_sim_start(sim, "speaking", "{}");
    assert_true(tmesh_sim_run(sim, 60 * MINUTE_MS));
    assert_string_equal(heard.line, line);
    tmesh_sim_check(sim);
    tmesh_sim_destroy(&sim);
}

static void each_condition(void **state)
{
    (void)state;
    assert_hears((heard_t){.deeds = {TMESH_SIM_SUCCEED}}, 0, "done said");
    assert_hears((heard_t){.deeds = {TMESH_SIM_FAIL}}, 0, "failed dead said");
    assert_hears((heard_t){.deeds = {TMESH_SIM_FAIL_RETRYABLE, TMESH_SIM_SUCCEED}}, 0,
                 "failed again said done said");
    assert_hears((heard_t){.deeds = {TMESH_SIM_FAIL_RETRYABLE, TMESH_SIM_FAIL_RETRYABLE,
                                     TMESH_SIM_FAIL_RETRYABLE}}, 0,
                 "failed again said failed again said failed dead said");
}

static void what_is_concluded_from_silence(void **state)
{
    (void)state;
    assert_hears((heard_t){.deeds = {TMESH_SIM_STAY_SILENT, TMESH_SIM_SUCCEED}}, 0,
                 "failed again said done said");
    assert_hears((heard_t){.deeds = {TMESH_SIM_LOSE_WORKER, TMESH_SIM_LOSE_WORKER,
                                     TMESH_SIM_LOSE_WORKER}}, 0,
                 "failed again said failed again said failed dead said");
}

static void a_result_that_is_said_twice_is_announced_once(void **state)
{
    (void)state;
    assert_hears((heard_t){.deeds = {TMESH_SIM_FAIL_RETRYABLE, TMESH_SIM_SUCCEED}}, 100,
                 "failed again said done said");
}

static void what_people_do(void **state)
{
    (void)state;
    heard_t heard = {.deeds = {TMESH_SIM_FAIL}};
    tmesh_sim_t *sim = open_sim(&heard, 0);
    tmesh_task_id_t id = tmesh_sim_start(sim, "speaking", "{}");
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_string_equal(heard.line, "failed dead said");
    *heard.line = '\0';
    const char *refusal = tmesh_people_act_on_step(
        sim, id, 1, TMESH_STEP_ACTION_COMPLETE_MANUALLY, "{\"by hand\": 1.50}");
    assert_string_equal(refusal, "");
    tmesh_sim_settle(sim);
    assert_string_equal(heard.line, "done said");
    assert_string_equal(heard.last_payload, "{\"by hand\": 1.50}");

    *heard.line = '\0';
    id = tmesh_sim_start(sim, "speaking", "{}");
    tmesh_sim_settle(sim);
    assert_string_equal(heard.line, "failed dead said");
    *heard.line = '\0';
    refusal = tmesh_people_act_on_step(sim, id, 1, TMESH_STEP_ACTION_RESOLVE_MANUALLY, NULL);
    assert_string_equal(refusal, "");
    tmesh_sim_settle(sim);
    assert_string_equal(heard.line, ""); // it has no result
    tmesh_sim_destroy(&sim);
}

static void a_cancelled_step_says_nothing(void **state)
{
    (void)state;
    heard_t heard = {.deeds = {TMESH_SIM_KEEP}};
    tmesh_sim_t *sim = open_sim(&heard, 0);
    tmesh_task_id_t id = tmesh_sim_start(sim, "speaking", "{}");
    assert_int_equal(tmesh_sim_cancel(sim, id), TMESH_OK);
    tmesh_sim_settle(sim);
    assert_string_equal(heard.line, "");
    tmesh_sim_destroy(&sim);
}

// A restart does not count against the step, and is nobody's result.
static void a_restart_says_nothing(void **state)
{
    (void)state;
    heard_t heard = {.deeds = {TMESH_SIM_STAY_SILENT, TMESH_SIM_SUCCEED}};
    tmesh_sim_t *sim = open_sim(&heard, 0);
    (void)tmesh_sim_start(sim, "speaking", "{}");
    tmesh_sim_crash(sim, false);
    assert_true(tmesh_sim_run(sim, MINUTE_MS));
    assert_string_equal(heard.line, "done said");
    tmesh_sim_destroy(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_condition),
        cmocka_unit_test(what_is_concluded_from_silence),
        cmocka_unit_test(a_result_that_is_said_twice_is_announced_once),
        cmocka_unit_test(what_people_do),
        cmocka_unit_test(a_cancelled_step_says_nothing),
        cmocka_unit_test(a_restart_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
