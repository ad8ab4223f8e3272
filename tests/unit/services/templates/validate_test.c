#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/parse.h"

#define HEAD "name: t\nnamespace_name: n\nversion: 1.0.0\n"

// Text, the one code it must be refused with, where, line and column.
typedef struct {
    const char *text;
    const char *code;
    const char *where;
    uint32_t line;
    uint32_t column;
} refusal_t;

static void expect(const refusal_t *expected)
{
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    tmesh_err_t err = tmesh_template_parse(tmesh_bytes_of_text(expected->text), NULL, report,
                                           &definition);
    assert_int_equal(err, TMESH_ERR_INVALID);
    bool is_found = false;
    for (size_t i = 0; i < report->count; i++) {
        const tmesh_template_issue_t *issue = &report->issues[i];
        is_found |= issue->is_error && strcmp(issue->code, expected->code) == 0 &&
                    strcmp(issue->where, expected->where) == 0 && issue->line == expected->line &&
                    issue->column == expected->column;
    }
    if (!is_found || report->error_count != 1) {
        print_error("expected %s at %s in:\n%s", expected->code, expected->where, expected->text);
        for (size_t i = 0; i < report->count; i++) {
            const tmesh_template_issue_t *issue = &report->issues[i];
            print_error("found %s at %s, %u:%u: %s\n", issue->code, issue->where, issue->line,
                        issue->column, issue->message);
        }
    }
    assert_true(is_found);
    assert_int_equal(report->error_count, 1);
}

static void expect_all(const refusal_t *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) expect(&refusals[i]);
}

#define BATCHABLE " - {name: b, type: batchable, handler: {callable: f}}\n"
#define STEPS(text) HEAD "steps:\n" text
#define STEP(text) STEPS(" - {name: a, handler: {callable: f}, " text "}\n")

static void names_and_edges_are_checked(void **state)
{
    (void)state;
    static const refusal_t refusals[] = {
        {HEAD, "NO_STEPS", "/steps", 1, 1},
        {HEAD "steps: []\n", "NO_STEPS", "/steps", 4, 8},
        {HEAD "steps: ~\n", "NO_STEPS", "/steps", 1, 1},
        {STEPS(" - {name: a, handler: {callable: f}}\n - {name: a, handler: {callable: g}}\n"),
         "DUPLICATE_STEP_NAME", "/steps/1/name", 6, 11},
        {STEP("dependencies: [a]"), "SELF_DEPENDENCY", "/steps/0/dependencies/0", 5, 53},
        {STEP("depends_on: [b]"), "MISSING_DEP_REF", "/steps/0/depends_on/0", 5, 51},
        {STEPS(" - {name: a, handler: {callable: f}}\n"
               " - {name: b, handler: {callable: g}, dependencies: [a, a]}\n"),
         "DUPLICATE_DEPENDENCY", "/steps/1/dependencies/1", 6, 56},
        {STEP("dependencies: [1]"), "BAD_TYPE", "/steps/0/dependencies/0", 5, 53},
        {STEP("dependencies: a"), "BAD_TYPE", "/steps/0/dependencies", 5, 52},
        {STEP("dependencies: [], depends_on: []"), "DUPLICATE_KEY", "/steps/0/depends_on", 5, 68},
    };
    expect_all(refusals, TMESH_COUNT_OF(refusals));
}

static void a_cycle_is_named(void **state)
{
    (void)state;
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    tmesh_err_t err = tmesh_template_parse(
        tmesh_bytes_of_text(STEPS(" - {name: x, handler: {callable: f}, dependencies: [a]}\n"
                                  " - {name: a, handler: {callable: f}, dependencies: [c]}\n"
                                  " - {name: b, handler: {callable: f}, dependencies: [a, r]}\n"
                                  " - {name: c, handler: {callable: f}, dependencies: [b]}\n"
                                  " - {name: r, handler: {callable: f}}\n")),
        NULL, report, &definition);
    assert_int_equal(err, TMESH_ERR_INVALID);
    assert_int_equal(report->count, 1);
    assert_string_equal(report->issues[0].code, "CYCLE_DETECTED");
    assert_non_null(strstr(report->issues[0].message, "a -> b -> c -> a"));
    assert_null(strchr(report->issues[0].message, 'x'));
    assert_int_equal(report->issues[0].line, 6);
}

static void a_long_chain_is_no_cycle(void **state)
{
    (void)state;
    enum { STEPS = 20000 };
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add_text(text, HEAD "steps:\n");
    for (int i = 0; i < STEPS; i++) {
        tmesh_buffer_printf(text, " - {name: s%d, handler: {callable: f}, dependencies: [", i);
        if (i + 1 < STEPS) tmesh_buffer_printf(text, "s%d", i + 1);
        tmesh_buffer_add_text(text, "]}\n");
    }
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_auto(tmesh_definition) definition = NULL;
    assert_int_equal(tmesh_template_parse(tmesh_buffer_bytes(text), NULL, report, &definition),
                     TMESH_OK);
    assert_int_equal(definition->step_count, STEPS);
    assert_int_equal(definition->steps[STEPS - 1].children[0], STEPS - 2);
}

static void the_number_of_steps_has_a_limit(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add_text(text, HEAD "steps:\n");
    for (int i = 0; i < 65536; i++) tmesh_buffer_printf(text, " - {name: s%d}\n", i);
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    assert_int_equal(tmesh_template_parse(tmesh_buffer_bytes(text), NULL, report, &definition),
                     TMESH_ERR_INVALID);
    assert_int_equal(report->count, 1);
    assert_string_equal(report->issues[0].code, "TOO_MANY_STEPS");
}

static void branching_steps_are_checked(void **state)
{
    (void)state;
    static const refusal_t refusals[] = {
        {STEP("type: decision"), "DECISION_WITHOUT_DEPENDENCIES", "/steps/0", 5, 4},
        {STEP("type: deferred_convergence"), "CONVERGENCE_BEHIND_NOTHING", "/steps/0", 5, 4},
        {STEPS(" - {name: a, handler: {callable: f}}\n"
               " - {name: b, type: deferred_convergence, handler: {callable: f},"
               " depends_on: [a]}\n"),
         "CONVERGENCE_BEHIND_NOTHING", "/steps/1", 6, 4},
        {STEP("type: batchable"), "WORKER_TEMPLATE_MISSING", "/steps/0", 5, 4},
        {STEPS(" - {name: a, type: batchable, handler:\n"
               "     {callable: f, initialization: {worker_template_name: w}}}\n"),
         "WORKER_TEMPLATE_MISSING", "/steps/0/handler/initialization/worker_template_name", 6, 59},
        {STEPS(" - {name: a, type: batchable, handler:\n"
               "     {callable: f, initialization: {worker_template_name: w}}}\n"
               " - {name: w, handler: {callable: f}, dependencies: [a]}\n"),
         "WORKER_TEMPLATE_TYPE", "/steps/0/handler/initialization/worker_template_name", 6, 59},
        {STEPS(" - {name: w, type: batch_worker, depends_on: [b], handler: {callable: f},\n"
               "    batch_config: {batch_size: 1, parallelism: 1, cursor_field: id,\n"
               "     worker_template: v, failure_strategy: isolate}}\n" BATCHABLE),
         "WORKER_TEMPLATE_MISSING", "/steps/0/batch_config/worker_template", 7, 23},
        {STEPS(" - {name: w, type: batch_worker, handler: {callable: f}, batch_config:\n"
               "     {batch_size: 1, parallelism: 1, cursor_field: id, worker_template: w,\n"
               "      failure_strategy: isolate}}\n"),
         "BATCH_WORKER_WITHOUT_BATCHABLE", "/steps/0", 5, 4},
        {STEPS(" - {name: w, type: batch_worker, depends_on: [b], handler: {callable: f}}\n"
               BATCHABLE),
         "BATCH_CONFIG_MISSING", "/steps/0", 5, 4},
    };
    expect_all(refusals, TMESH_COUNT_OF(refusals));
}

static void types_bounds_and_words_are_checked(void **state)
{
    (void)state;
    static const refusal_t refusals[] = {
        {STEP("retry: {max_attempts: 101}"), "BAD_BOUNDS", "/steps/0/retry/max_attempts", 5, 60},
        {STEP("retry: {max_attempts: -1}"), "BAD_BOUNDS", "/steps/0/retry/max_attempts", 5, 60},
        {STEP("retry: {max_attempts: 99999999999999999999999}"), "BAD_BOUNDS",
         "/steps/0/retry/max_attempts", 5, 60},
        {STEP("retry: {max_attempts: 3.0}"), "BAD_TYPE", "/steps/0/retry/max_attempts", 5, 60},
        {STEP("retry: {max_attempts: '3'}"), "BAD_TYPE", "/steps/0/retry/max_attempts", 5, 60},
        {STEP("retry: {retryable: yes}"), "BAD_TYPE", "/steps/0/retry/retryable", 5, 57},
        {STEP("retry: {backoff: quick}"), "BAD_ENUM", "/steps/0/retry/backoff", 5, 55},
        {STEP("retry: {backoff_base_ms: 3600001}"), "BAD_BOUNDS",
         "/steps/0/retry/backoff_base_ms", 5, 63},
        {STEP("retry: {max_backoff_ms: 3600001}"), "BAD_BOUNDS",
         "/steps/0/retry/max_backoff_ms", 5, 62},
        {STEP("retry: []"), "BAD_TYPE", "/steps/0/retry", 5, 45},
        {STEP("timeout_seconds: -1"), "BAD_BOUNDS", "/steps/0/timeout_seconds", 5, 55},
        {STEP("type: normal"), "BAD_ENUM", "/steps/0/type", 5, 44},
        {STEP("result_schema: [1]"), "BAD_SCHEMA", "/steps/0/result_schema", 5, 53},
        {STEP("description: [1]"), "BAD_TYPE", "/steps/0/description", 5, 51},
        {HEAD "input_schema: 3\nsteps:\n - {name: a, handler: {callable: f}}\n", "BAD_SCHEMA",
         "/input_schema", 4, 15},
        {HEAD "identity_strategy: mine\nsteps:\n - {name: a, handler: {callable: f}}\n",
         "BAD_ENUM", "/identity_strategy", 4, 20},
        {HEAD "lifecycle: {max_duration_minutes: 43201}\n"
              "steps:\n - {name: a, handler: {callable: f}}\n",
         "BAD_BOUNDS", "/lifecycle/max_duration_minutes", 4, 35},
        {HEAD "lifecycle: {staleness_action: wait}\nsteps:\n - {name: a, handler: {callable: f}}\n",
         "BAD_ENUM", "/lifecycle/staleness_action", 4, 31},
        {HEAD "metadata: text\nsteps:\n - {name: a, handler: {callable: f}}\n", "BAD_TYPE",
         "/metadata", 4, 11},
        {STEPS(" - {name: a, handler: {callable: \"\"}}\n"), "EMPTY_CALLABLE",
         "/steps/0/handler/callable", 5, 34},
        {STEPS(" - {name: a, handler: {callable: \"  \"}}\n"), "EMPTY_CALLABLE",
         "/steps/0/handler/callable", 5, 34},
        {STEPS(" - {name: a, handler: {}}\n"), "MISSING_FIELD", "/steps/0/handler/callable", 5, 23},
        {STEPS(" - {name: a}\n"), "MISSING_FIELD", "/steps/0/handler", 5, 4},
        {STEPS(" - {handler: {callable: f}}\n"), "MISSING_FIELD", "/steps/0/name", 5, 4},
        {STEPS(" - {name: \"a\\n\", handler: {callable: f}}\n"), "BAD_TEXT", "/steps/0/name", 5,
         11},
        {STEPS(" - text\n - {name: a, handler: {callable: f}}\n"), "BAD_TYPE", "/steps/0", 5, 4},
        {HEAD "steps: {a: 1}\n", "BAD_TYPE", "/steps", 4, 8},
    };
    expect_all(refusals, TMESH_COUNT_OF(refusals));
}

static void batches_and_events_are_checked(void **state)
{
    (void)state;
#define WORKER(config)                                                                             \
    STEPS(" - {name: w, type: batch_worker, depends_on: [b], handler: {callable: f},\n"             \
          "    batch_config: {" config "}}\n" BATCHABLE)
    static const refusal_t refusals[] = {
        {WORKER("parallelism: 1, cursor_field: id, worker_template: w, failure_strategy: isolate"),
         "MISSING_FIELD", "/steps/0/batch_config/batch_size", 6, 19},
        {WORKER("batch_size: 0, parallelism: 1, cursor_field: id, worker_template: w, "
                "failure_strategy: isolate"),
         "BAD_BOUNDS", "/steps/0/batch_config/batch_size", 6, 32},
        {WORKER("batch_size: 1, parallelism: 1001, cursor_field: id, worker_template: w, "
                "failure_strategy: isolate"),
         "BAD_BOUNDS", "/steps/0/batch_config/parallelism", 6, 48},
        {WORKER("batch_size: 1, parallelism: 1, cursor_field: id, worker_template: w, "
                "failure_strategy: give_up"),
         "BAD_ENUM", "/steps/0/batch_config/failure_strategy", 6, 107},
        {STEP("publishes_events: [{name: shipped, description: d, schema: {}}]"),
         "BAD_EVENT_NAME", "/steps/0/publishes_events/0/name", 5, 64},
        {STEP("publishes_events: [{name: a..b, description: d, schema: {}}]"), "BAD_EVENT_NAME",
         "/steps/0/publishes_events/0/name", 5, 64},
        {STEP("publishes_events: [{name: a.b, schema: {}}]"), "MISSING_FIELD",
         "/steps/0/publishes_events/0/description", 5, 57},
        {STEP("publishes_events: [{name: a.b, description: d}]"), "MISSING_FIELD",
         "/steps/0/publishes_events/0/schema", 5, 57},
        {STEP("publishes_events: [{name: a.b, description: d, schema: {}, condition: often}]"),
         "BAD_ENUM", "/steps/0/publishes_events/0/condition", 5, 108},
        {STEP("publishes_events: [{name: a.b, description: d, schema: {}, delivery_mode: slow}]"),
         "BAD_ENUM", "/steps/0/publishes_events/0/delivery_mode", 5, 112},
        {STEP("publishes_events: [{name: a.b, description: d, schema: {type: thing}}]"),
         "BAD_SCHEMA", "/steps/0/publishes_events/0/schema", 5, 93},
        {STEP("publishes_events: [{name: a.b, description: d, schema: {}, publisher: 'a:b'}]"),
         "BAD_PUBLISHER", "/steps/0/publishes_events/0/publisher", 5, 108},
        {HEAD "domain_events: [{schema: {}}]\nsteps:\n - {name: a, handler: {callable: f}}\n",
         "MISSING_FIELD", "/domain_events/0/name", 4, 17},
    };
    expect_all(refusals, TMESH_COUNT_OF(refusals));
}

static void a_namespace_is_a_short_word(void **state)
{
    (void)state;
    static const char *const bad[] = {"1a", "a-b", "a.b", "\xc3\xa9", "a b",
                                      "a23456789012345678901234567890"};
    for (size_t i = 0; i < TMESH_COUNT_OF(bad); i++) {
        tmesh_auto_free char *text =
            tmesh_printf("name: t\nnamespace_name: %s\nversion: 1.0.0\n"
                         "steps:\n - {name: a, handler: {callable: f}}\n", bad[i]);
        expect(&(refusal_t){text, "NAMESPACE_INVALID", "/namespace_name", 2, 17});
    }
}

static void all_mistakes_show_at_once(void **state)
{
    (void)state;
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    tmesh_bytes_t text = tmesh_bytes_of_text("version: [1]\nsteps:\n - {type: x}\n");
    assert_int_equal(tmesh_template_parse(text, NULL, report, &definition), TMESH_ERR_INVALID);
    assert_int_equal(report->error_count, 6); // name, namespace, version; name, type, handler
}

static void a_file_of_mistakes_does_not_fill_the_memory(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add_text(text, HEAD "steps:\n - {name: a, handler: {callable: f}, depends_on: [");
    for (int i = 0; i < 100000; i++) tmesh_buffer_add_text(text, "1, ");
    tmesh_buffer_add_text(text, "]}\n");
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    assert_int_equal(tmesh_template_parse(tmesh_buffer_bytes(text), NULL, report, &definition),
                     TMESH_ERR_INVALID);
    assert_int_equal(report->error_count, 100000);
    assert_true(report->count <= 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_edges_are_checked),
        cmocka_unit_test(a_cycle_is_named),
        cmocka_unit_test(a_long_chain_is_no_cycle),
        cmocka_unit_test(the_number_of_steps_has_a_limit),
        cmocka_unit_test(branching_steps_are_checked),
        cmocka_unit_test(types_bounds_and_words_are_checked),
        cmocka_unit_test(batches_and_events_are_checked),
        cmocka_unit_test(a_namespace_is_a_short_word),
        cmocka_unit_test(all_mistakes_show_at_once),
        cmocka_unit_test(a_file_of_mistakes_does_not_fill_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
