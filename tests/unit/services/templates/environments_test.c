#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/parse.h"

static const char text[] =
    "name: t\n"
    "namespace_name: n\n"
    "version: 1.0.0\n"
    "steps:\n"
    "  - name: a\n"
    "    handler:\n"
    "      callable: f\n"
    "      initialization: {keep: 1, deep: {x: 1, y: {p: 1}}, list: [1, 2], gone: 1}\n"
    "    retry: {max_attempts: 5, backoff: linear, backoff_base_ms: 100}\n"
    "    timeout_seconds: 30\n"
    "  - name: b\n"
    "    handler: {callable: g}\n"
    "    dependencies: [a]\n"
    "environments:\n"
    "  test:\n"
    "    steps:\n"
    "      - name: ALL\n"
    "        timeout_seconds: 9\n"
    "        handler: {initialization: {debug: true}}\n"
    "      - name: a\n"
    "        timeout_seconds: 5\n"
    "        retry: {max_attempts: 2, backoff: ~}\n"
    "        handler:\n"
    "          initialization: {deep: {y: {q: 2}, z: 3}, list: [3], gone: null}\n"
    "  reversed:\n"
    "    steps:\n"
    "      - {name: a, timeout_seconds: 5}\n"
    "      - {name: ALL, timeout_seconds: 9}\n"
    "  empty:\n"
    "  nothing: {steps: }\n";

static tmesh_definition_t *parse_for(const char *environment)
{
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    tmesh_err_t err =
        tmesh_template_parse(tmesh_bytes_of_text(text), environment, report, &definition);
    for (size_t i = 0; i < report->count; i++) print_error("%s\n", report->issues[i].message);
    assert_int_equal(err, TMESH_OK);
    assert_int_equal(report->count, 0);
    return definition;
}

static void without_an_environment_nothing_changes(void **state)
{
    (void)state;
    static const char *const environments[] = {NULL, "production", "empty", "nothing"};
    tmesh_auto(tmesh_definition) plain = parse_for(NULL);
    assert_null(strstr(plain->json, "environments"));
    for (size_t i = 0; i < TMESH_COUNT_OF(environments); i++) {
        tmesh_auto(tmesh_definition) definition = parse_for(environments[i]);
        assert_int_equal(definition->steps[0].timeout_ms, 30000);
        assert_int_equal(definition->steps[1].timeout_ms, -1);
        assert_string_equal(definition->json, plain->json);
    }
}

static void initialization_is_merged_at_every_depth(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_for("test");
    assert_string_equal(definition->steps[0].initialization_json,
                        "{\"debug\":true,\"deep\":{\"x\":1,\"y\":{\"p\":1,\"q\":2},\"z\":3},"
                        "\"gone\":null,\"keep\":1,\"list\":[3]}");
    assert_string_equal(definition->steps[1].initialization_json, "{\"debug\":true}");
    assert_string_equal(definition->steps[1].callable, "g");
}

static void retry_is_merged_key_by_key(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_for("test");
    const tmesh_retry_policy_t *retry = &definition->steps[0].retry;
    assert_int_equal(retry->max_attempts, 2);
    assert_int_equal(retry->kind, TMESH_BACKOFF_LINEAR);
    assert_int_equal(retry->base_ms, 100);
    assert_int_equal(retry->max_ms, 30000);
    assert_int_equal(definition->steps[1].retry.max_attempts, 3);
}

static void overrides_apply_in_the_order_listed(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_for("test");
    assert_int_equal(definition->steps[0].timeout_ms, 5000);
    assert_int_equal(definition->steps[1].timeout_ms, 9000);
    tmesh_auto(tmesh_definition) reversed = parse_for("reversed");
    assert_int_equal(reversed->steps[0].timeout_ms, 9000);
}

static void the_stored_text_is_the_resolved_one(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_for("test");
    tmesh_auto(tmesh_definition) loaded = NULL;
    assert_null(strstr(definition->json, "environments"));
    assert_int_equal(tmesh_template_load(tmesh_bytes_of_text(definition->json), &loaded), TMESH_OK);
    assert_int_equal(loaded->steps[0].timeout_ms, 5000);
    assert_string_equal(loaded->steps[0].initialization_json,
                        definition->steps[0].initialization_json);
    tmesh_auto(tmesh_definition) plain = parse_for(NULL);
    assert_memory_not_equal(plain->hash, definition->hash, sizeof plain->hash);
}

// Whichever environment is asked for: a mistake shows before the day it is used.
static void mistakes_are_found_in_every_environment(void **state)
{
    (void)state;
    static const struct {
        const char *override;
        const char *code;
        const char *where;
    } mistakes[] = {
        {"{name: c}", "UNKNOWN_STEP", "/environments/x/steps/0/name"},
        {"{timeout_seconds: 1}", "MISSING_FIELD", "/environments/x/steps/0/name"},
        {"{name: a, timeout_seconds: -1}", "BAD_BOUNDS",
         "/environments/x/steps/0/timeout_seconds"},
        {"{name: a, retry: {max_attempts: 101}}", "BAD_BOUNDS",
         "/environments/x/steps/0/retry/max_attempts"},
        {"{name: ALL, retry: 3}", "BAD_TYPE", "/environments/x/steps/0/retry"},
        {"{name: a, handler: {initialization: []}}", "BAD_TYPE",
         "/environments/x/steps/0/handler/initialization"},
        {"text", "BAD_TYPE", "/environments/x/steps/0"},
    };
    static const char *const environments[] = {NULL, "x", "y"};
    for (size_t i = 0; i < TMESH_COUNT_OF(mistakes) * TMESH_COUNT_OF(environments); i++) {
        size_t mistake = i / TMESH_COUNT_OF(environments);
        tmesh_auto_free char *bad = tmesh_printf(
            "name: t\nnamespace_name: n\nversion: 1.0.0\n"
            "steps: [{name: a, handler: {callable: f}}]\n"
            "environments: {x: {steps: [%s]}}\n", mistakes[mistake].override);
        tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
        tmesh_definition_t *definition = NULL;
        assert_int_equal(tmesh_template_parse(tmesh_bytes_of_text(bad),
                                              environments[i % TMESH_COUNT_OF(environments)],
                                              report, &definition),
                         TMESH_ERR_INVALID);
        assert_int_equal(report->error_count, 1);
        assert_string_equal(report->issues[0].code, mistakes[mistake].code);
        assert_string_equal(report->issues[0].where, mistakes[mistake].where);
        assert_int_equal(report->issues[0].line, 5);
    }
}

// A rule that only the merged template breaks is told at the override that breaks it.
static void what_only_the_merge_breaks_is_refused(void **state)
{
    (void)state;
    static const char bad[] =
        "name: t\nnamespace_name: n\nversion: 1.0.0\n"
        "steps:\n"
        " - {name: a, type: batchable, handler: {callable: f, initialization: {n: 1}}}\n"
        " - {name: w, type: batch_worker, dependencies: [a], handler: {callable: f},\n"
        "    batch_config: {batch_size: 1, parallelism: 1, cursor_field: id, worker_template: w,\n"
        "     failure_strategy: isolate}}\n"
        "environments:\n"
        " x:\n"
        "  steps:\n"
        "   - {name: a, handler: {initialization: {worker_template_name: nobody}}}\n";
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_auto(tmesh_definition) definition = NULL;
    tmesh_definition_t *none = NULL;
    assert_int_equal(tmesh_template_parse(tmesh_bytes_of_text(bad), NULL, report, &definition),
                     TMESH_OK);
    assert_int_equal(tmesh_template_parse(tmesh_bytes_of_text(bad), "x", report, &none),
                     TMESH_ERR_INVALID);
    assert_string_equal(report->issues[0].code, "WORKER_TEMPLATE_MISSING");
    assert_string_equal(
        report->issues[0].where,
        "/environments/x/steps/0/handler/initialization/worker_template_name");
    assert_int_equal(report->issues[0].line, 12);
}

static void overrides_can_not_multiply_without_end(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) big = tmesh_buffer_new();
    tmesh_buffer_add_text(big, "name: t\nnamespace_name: n\nversion: 1.0.0\nsteps:\n");
    for (int i = 0; i < 20000; i++) {
        tmesh_buffer_printf(big, " - {name: s%d, handler: {callable: f}}\n", i);
    }
    tmesh_buffer_add_text(big, "environments:\n x:\n  steps:\n   - name: ALL\n"
                               "     handler:\n      initialization:\n");
    for (int i = 0; i < 20000; i++) tmesh_buffer_printf(big, "       k%d: long value %d\n", i, i);
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    assert_int_equal(tmesh_template_parse(tmesh_buffer_bytes(big), "x", report, &definition),
                     TMESH_ERR_INVALID);
    assert_string_equal(report->issues[0].code, "TOO_LARGE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_environment_nothing_changes),
        cmocka_unit_test(initialization_is_merged_at_every_depth),
        cmocka_unit_test(retry_is_merged_key_by_key),
        cmocka_unit_test(overrides_apply_in_the_order_listed),
        cmocka_unit_test(the_stored_text_is_the_resolved_one),
        cmocka_unit_test(mistakes_are_found_in_every_environment),
        cmocka_unit_test(what_only_the_merge_breaks_is_refused),
        cmocka_unit_test(overrides_can_not_multiply_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
