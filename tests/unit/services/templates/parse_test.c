#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/queue_id.h"
#include "services/templates/parse.h"

static const char batch_template[] =
    "# Batches of a data set.\n"
    "---\n"
    "name: batch_processing\n"
    "namespace_name: data\n"
    "version: 1.0.0\n"
    "steps:\n"
    "  - name: analyze\n"
    "    type: batchable\n"
    "    dependencies: []\n"
    "    handler:\n"
    "      callable: Analyzer\n"
    "      initialization: {batch_size: 1000, worker_template_name: process_batch}\n"
    "  - name: process_batch\n"
    "    type: batch_worker\n"
    "    dependencies: [analyze]\n"
    "    handler: {callable: Worker}\n"
    "    batch_config:\n"
    "      batch_size: 1000\n"
    "      parallelism: 10\n"
    "      cursor_field: \"id\"\n"
    "      worker_template: \"process_batch\"\n"
    "      failure_strategy: \"fail_fast\"\n"
    "  - name: aggregate\n"
    "    type: deferred_convergence\n"
    "    dependencies:\n"
    "      - process_batch  # made once for each cursor\n"
    "    handler: {callable: Aggregator}\n"
    "  - name: report\n"
    "    dependencies: [aggregate]\n"
    "    handler: {callable: Reporter}\n";

static const char approval_template[] =
    "name: approval\n"
    "namespace_name: routing\n"
    "version: 1.0.0\n"
    "steps:\n"
    "  - {name: validate, type: standard, handler: {callable: V, initialization: {}}}\n"
    "  - {name: route, type: decision, dependencies: [validate], handler: {callable: R}}\n"
    "  - {name: finish, type: deferred_convergence, dependencies: [auto, manual],"
    " handler: {callable: F}}\n"
    "  - {name: auto, dependencies: [route], handler: {callable: A}}\n"
    "  - {name: manual, dependencies: [route], handler: {callable: M}}\n";

static tmesh_definition_t *parse_good(const char *text)
{
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    tmesh_err_t err = tmesh_template_parse(tmesh_bytes_of_text(text), NULL, report, &definition);
    for (size_t i = 0; i < report->count; i++) {
        print_error("%s %s\n", report->issues[i].code, report->issues[i].message);
    }
    assert_int_equal(err, TMESH_OK);
    assert_int_equal(report->error_count, 0);
    assert_non_null(definition);
    return definition;
}

#define HEAD "name: t\nnamespace_name: n\nversion: 1.0.0\n"
#define ONE_STEP "steps:\n - {name: a, handler: {callable: f}}\n"

static void all_fields_arrive(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_good(
        HEAD "description: of everything\nidentity_strategy: caller_provided\n"
             "metadata: {author: me, whatever: {x: 1}}\n"
             "system_dependencies: {primary: default, secondary: []}\n"
             "domain_events: [{name: something, description: d, schema: {}}]\n"
             "input_schema: {type: object}\n"
             "lifecycle: {max_duration_minutes: 2, max_waiting_for_dependencies_minutes: 3,\n"
             "  max_waiting_for_retry_minutes: 4, max_steps_in_process_minutes: 5,\n"
             "  staleness_action: error, auto_fail_on_timeout: true, auto_dlq_on_timeout: ~}\n"
             "steps:\n"
             " - name: a\n"
             "   description: first\n"
             "   handler: {callable: f, method: run, resolver: r, initialization: {b: 2, a: 1}}\n"
             "   system_dependency: db\n"
             "   retry: {retryable: false, max_attempts: 0, backoff: fibonacci,\n"
             "           backoff_base_ms: 0, max_backoff_ms: 3600000}\n"
             "   timeout_seconds: 0\n"
             "   result_schema: true\n"
             "   composition: {free: [form]}\n"
             "   publishes_events:\n"
             "    - {name: order.shipped, description: d, condition: always, schema: {},\n"
             "       delivery_mode: fast, publisher: 'a::B.c'}\n"
             " - {name: b, depends_on: [a], step_type: standard, handler: {callable: g}}\n");
    assert_string_equal(definition->description, "of everything");
    assert_int_equal(definition->identity_strategy, TMESH_IDENTITY_CALLER_PROVIDED);
    assert_string_equal(definition->input_schema_json, "{\"type\":\"object\"}");
    assert_int_equal(definition->lifecycle.max_duration_ms, 120000);
    assert_int_equal(definition->lifecycle.max_waiting_for_dependencies_ms, 180000);
    assert_int_equal(definition->lifecycle.max_waiting_for_retry_ms, 240000);
    assert_int_equal(definition->lifecycle.max_steps_in_process_ms, 300000);
    assert_int_equal(definition->lifecycle.staleness_action, TMESH_STALENESS_ERROR);
    const tmesh_step_definition_t *step = &definition->steps[0];
    assert_string_equal(step->method, "run");
    assert_string_equal(step->resolver, "r");
    assert_string_equal(step->initialization_json, "{\"a\":1,\"b\":2}");
    assert_string_equal(step->system_dependency, "db");
    assert_false(step->retry.retryable);
    assert_int_equal(step->retry.max_attempts, 0);
    assert_int_equal(step->retry.kind, TMESH_BACKOFF_FIBONACCI);
    assert_int_equal(step->retry.base_ms, 0);
    assert_int_equal(step->retry.max_ms, 3600000);
    assert_int_equal(step->timeout_ms, 0);
    assert_string_equal(step->result_schema_json, "true");
    assert_int_equal(step->event_count, 1);
    assert_string_equal(step->events[0].name, "order.shipped");
    assert_int_equal(step->events[0].condition, TMESH_PUBLISH_ALWAYS);
    assert_string_equal(step->events[0].delivery_mode, "fast");
    assert_string_equal(step->events[0].publisher, "a::B.c");
    assert_int_equal(definition->steps[1].parent_count, 1);
}

static void what_is_absent_has_its_default(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_good(
        HEAD "description:\nmetadata: ~\nenvironments: null\n"
             "steps:\n - {name: a, retry: {}, dependencies: , type: ~,"
             " system_dependency: null, handler: {callable: f, initialization: }}\n");
    const tmesh_step_definition_t *step = &definition->steps[0];
    assert_null(definition->description);
    assert_null(definition->input_schema_json);
    assert_int_equal(definition->identity_strategy, TMESH_IDENTITY_STRICT);
    assert_int_equal(definition->lifecycle.max_duration_ms, 0);
    assert_int_equal(step->type, TMESH_STEP_TYPE_STANDARD);
    assert_string_equal(step->method, "call");
    assert_null(step->resolver);
    assert_string_equal(step->initialization_json, "{}");
    assert_true(step->retry.retryable);
    assert_int_equal(step->retry.max_attempts, 3);
    assert_int_equal(step->retry.base_ms, 1000);
    assert_int_equal(step->retry.max_ms, 30000);
    assert_int_equal(step->timeout_ms, -1);
    assert_int_equal(step->event_count, 0);
    assert_null(step->batch_config);
    assert_int_equal(step->queue_id, tmesh_queue_id("n", "f"));
}

static void edges_lead_both_ways(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_good(
        HEAD "steps:\n"
             " - {name: end, dependencies: [left, right], handler: {callable: f}}\n"
             " - {name: start, handler: {callable: f}}\n"
             " - {name: left, dependencies: [start], handler: {callable: f}}\n"
             " - {name: right, dependencies: [start], handler: {callable: f}}\n");
    const tmesh_step_definition_t *steps = definition->steps;
    assert_int_equal(tmesh_definition_find_step(definition, "left"), 2);
    assert_int_equal(tmesh_definition_find_step(definition, "none"), -1);
    assert_int_equal(steps[0].parent_count, 2);
    assert_int_equal(steps[0].parents[0], 2);
    assert_int_equal(steps[0].parents[1], 3);
    assert_int_equal(steps[0].child_count, 0);
    assert_int_equal(steps[1].child_count, 2);
    assert_int_equal(steps[1].children[0], 2);
    assert_int_equal(steps[1].children[1], 3);
    for (int i = 0; i < 4; i++) assert_true(steps[i].exists_at_start);
}

static void steps_behind_branches_exist_later(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) batch = parse_good(batch_template);
    assert_true(batch->steps[0].exists_at_start);
    assert_false(batch->steps[1].exists_at_start);
    assert_false(batch->steps[2].exists_at_start);
    assert_false(batch->steps[3].exists_at_start);
    const tmesh_batch_config_t *config = batch->steps[1].batch_config;
    assert_int_equal(config->batch_size, 1000);
    assert_int_equal(config->parallelism, 10);
    assert_string_equal(config->cursor_field, "id");
    assert_string_equal(config->worker_template, "process_batch");
    assert_int_equal(config->failure_strategy, TMESH_BATCH_FAIL_FAST);

    tmesh_auto(tmesh_definition) approval = parse_good(approval_template);
    assert_true(approval->steps[0].exists_at_start);
    assert_true(approval->steps[1].exists_at_start);
    for (int i = 2; i < 5; i++) assert_false(approval->steps[i].exists_at_start);
}

static void the_same_text_is_the_same_definition(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) one = parse_good(HEAD ONE_STEP);
    tmesh_auto(tmesh_definition) two = parse_good(
        "# The same, said otherwise.\n%YAML 1.2\n---\n"
        "steps: [{handler: {\"callable\": 'f'}, name: a}]\n"
        "version: '1.0.0'\nnamespace_name: n\nname: t\nenvironments: {test: {steps: []}}\n");
    tmesh_auto(tmesh_definition) json = parse_good(
        "{\"name\":\"t\",\"namespace_name\":\"n\",\"version\":\"1.0.0\",\n"
        "\t\"steps\":[{\"name\":\"\\u0061\",\"handler\":{\"callable\":\"f\"}}]}");
    tmesh_auto(tmesh_definition) other = parse_good(HEAD "description: x\n" ONE_STEP);
    assert_string_equal(one->json,
                        "{\"name\":\"t\",\"namespace_name\":\"n\",\"steps\":[{\"handler\":"
                        "{\"callable\":\"f\"},\"name\":\"a\"}],\"version\":\"1.0.0\"}");
    assert_string_equal(two->json, one->json);
    assert_string_equal(json->json, one->json);
    assert_memory_equal(one->hash, two->hash, sizeof one->hash);
    assert_memory_equal(one->hash, json->hash, sizeof one->hash);
    assert_memory_not_equal(one->hash, other->hash, sizeof one->hash);
}

static void what_was_stored_can_be_loaded(void **state)
{
    (void)state;
    static const char *const texts[] = {batch_template, approval_template,
                                        HEAD "unknown: {kept: 1e400}\n"
                                             "steps:\n - {name: a, handler: {callable: f, "
                                             "initialization: {x: 0.10, y: .5}}}\n"};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline");
        tmesh_auto(tmesh_definition) parsed = NULL;
        tmesh_auto(tmesh_definition) loaded = NULL;
        assert_int_equal(tmesh_template_parse(tmesh_bytes_of_text(texts[i]), NULL, report, &parsed),
                         TMESH_OK);
        assert_int_equal(tmesh_template_load(tmesh_bytes_of_text(parsed->json), &loaded), TMESH_OK);
        assert_string_equal(loaded->json, parsed->json);
        assert_memory_equal(loaded->hash, parsed->hash, sizeof loaded->hash);
        assert_int_equal(loaded->step_count, parsed->step_count);
        for (int j = 0; j < loaded->step_count; j++) {
            const tmesh_step_definition_t *a = &loaded->steps[j];
            const tmesh_step_definition_t *b = &parsed->steps[j];
            assert_string_equal(a->initialization_json, b->initialization_json);
            assert_int_equal(a->exists_at_start, b->exists_at_start);
            assert_int_equal(a->queue_id, b->queue_id);
            assert_int_equal(a->parent_count, b->parent_count);
        }
    }
    tmesh_definition_t *none = NULL;
    assert_int_equal(tmesh_template_load(tmesh_bytes_of_text("{\"name\":\"t\"}"), &none),
                     TMESH_ERR_CORRUPT);
    assert_int_equal(tmesh_template_load(TMESH_BYTES_NONE, &none), TMESH_ERR_CORRUPT);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_arrive),
        cmocka_unit_test(what_is_absent_has_its_default),
        cmocka_unit_test(edges_lead_both_ways),
        cmocka_unit_test(steps_behind_branches_exist_later),
        cmocka_unit_test(the_same_text_is_the_same_definition),
        cmocka_unit_test(what_was_stored_can_be_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
