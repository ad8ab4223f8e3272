#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/parse.h"

#define HEAD "name: t\nnamespace_name: n\nversion: 1.0.0\n"
#define ONE_STEP "steps:\n - {name: a, handler: {callable: f}}\n"

static void unknown_fields_are_warnings(void **state)
{
    (void)state;
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_auto(tmesh_definition) definition = NULL;
    tmesh_err_t err = tmesh_template_parse(
        tmesh_bytes_of_text(HEAD "metadata: {anything: 1}\nretries: 3\ninput_schema: {free: true}\n"
                                 "steps:\n - name: a\n   handler: {callable: f, "
                                 "initialization: {free: 1}}\n   retry: {max_atempts: 3}\n"),
        NULL, report, &definition);
    assert_int_equal(err, TMESH_OK);
    assert_int_equal(report->count, 3);
    assert_string_equal(report->issues[1].code, "UNKNOWN_SCHEMA_KEYWORD"); // a rule of its own
    assert_string_equal(report->issues[0].code, "UNKNOWN_FIELD");
    assert_string_equal(report->issues[0].where, "/retries");
    assert_int_equal(report->issues[0].line, 5);
    assert_int_equal(report->issues[0].column, 1);
    assert_string_equal(report->issues[2].where, "/steps/0/retry/max_atempts");
    assert_int_equal(report->issues[2].line, 10);
    assert_int_equal(report->issues[2].column, 12);
    assert_non_null(strstr(definition->json, "\"retries\":3")); // carried all the same
}

static void an_event_declared_twice_is_a_warning(void **state)
{
    (void)state;
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_auto(tmesh_definition) definition = NULL;
    tmesh_err_t err = tmesh_template_parse(
        tmesh_bytes_of_text(HEAD "steps:\n - name: a\n   handler: {callable: f}\n"
                                 "   publishes_events:\n"
                                 "    - {name: a.b, description: d, schema: {}}\n"
                                 "    - {name: a.b, description: d, schema: {},"
                                 " condition: always}\n"
                                 "    - {name: a.c, description: d, schema: {}}\n"),
        NULL, report, &definition);
    assert_int_equal(err, TMESH_OK);
    assert_int_equal(report->count, 1);
    assert_string_equal(report->issues[0].code, "DUPLICATE_EVENT");
    assert_string_equal(report->issues[0].where, "/steps/0/publishes_events/1/name");
    assert_false(report->issues[0].is_error);
    const tmesh_step_definition_t *step = &definition->steps[0];
    assert_int_equal(step->event_count, 2);
    assert_string_equal(step->events[0].name, "a.b");
    assert_int_equal(step->events[0].condition, TMESH_PUBLISH_ALWAYS); // the last one counts
    assert_string_equal(step->events[1].name, "a.c");
}

static void an_unquoted_version_is_taken_as_it_was_written(void **state)
{
    (void)state;
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("inline.yaml");
    tmesh_auto(tmesh_definition) definition = NULL;
    assert_int_equal(
        tmesh_template_parse(tmesh_bytes_of_text("name: t\nnamespace_name: n\nversion: 1.10\n"
                                                 ONE_STEP),
                             NULL, report, &definition), TMESH_OK);
    assert_string_equal(definition->version, "1.10");
    assert_non_null(strstr(definition->json, "\"version\":\"1.10\""));
    assert_int_equal(report->count, 1);
    const tmesh_template_issue_t *issue = &report->issues[0];
    assert_string_equal(issue->code, "VERSION_NOT_QUOTED");
    assert_false(issue->is_error);
    assert_int_equal(issue->line, 3);
    assert_int_equal(issue->column, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_fields_are_warnings),
        cmocka_unit_test(an_event_declared_twice_is_a_warning),
        cmocka_unit_test(an_unquoted_version_is_taken_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
