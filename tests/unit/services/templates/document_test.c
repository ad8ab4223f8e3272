#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/parse.h"

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

static const tmesh_template_issue_t *find_issue(const tmesh_template_report_t *report,
                                                const char *code)
{
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->issues[i].code, code) == 0) return &report->issues[i];
    }
    return NULL;
}

static tmesh_template_report_t *parse_bad(const char *text)
{
    tmesh_template_report_t *report = tmesh_template_report_new("inline.yaml");
    tmesh_definition_t *definition = NULL;
    tmesh_err_t err = tmesh_template_parse(tmesh_bytes_of_text(text), NULL, report, &definition);
    assert_int_equal(err, TMESH_ERR_INVALID);
    assert_null(definition);
    assert_true(report->error_count > 0);
    return report;
}

// One refusal, with its code and place, and no other.
static void expect_refusal(const char *text, const char *code, const char *where, uint32_t line,
                           uint32_t column)
{
    tmesh_auto(tmesh_template_report) report = parse_bad(text);
    const tmesh_template_issue_t *issue = find_issue(report, code);
    if (!issue || report->error_count != 1) {
        for (size_t i = 0; i < report->count; i++) {
            print_error("%s %s\n", report->issues[i].code, report->issues[i].message);
        }
    }
    assert_non_null(issue);
    assert_int_equal(report->error_count, 1);
    assert_true(issue->is_error);
    assert_string_equal(issue->where, where);
    assert_int_equal(issue->line, line);
    assert_int_equal(issue->column, column);
}

#define HEAD "name: t\nnamespace_name: n\nversion: 1.0.0\n"
#define ONE_STEP "steps:\n - {name: a, handler: {callable: f}}\n"

static void numbers_and_strings_come_out_as_they_went_in(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_good(
        HEAD "steps:\n - name: a\n   handler:\n    callable: f\n    initialization:\n"
             "     j: [0.10, 1e400, 123456789012345678901234567890, -0, 012, 0x1F, 0o17, +5]\n"
             "     k: [.5, 5., -.5e3, 00.5, 1.0.0, '12', \"0x1F\", 1_000, 08.5e+01]\n"
             "     l: [~, null, Null, \"null\", true, TRUE, False, yes, on, '']\n"
             "     m: |\n      two\n      lines\n"
             "     \"\\u00e9\\n\": !!str 12\n"
             "     \"nul\\0\": \"\\t\\\"\\\\\"\n"
             "     1: one\n");
    assert_string_equal(
        definition->steps[0].initialization_json,
        "{\"1\":\"one\","
        "\"j\":[0.10,1e400,123456789012345678901234567890,0,12,31,15,5],"
        "\"k\":[0.5,5.0,-0.5e3,0.5,\"1.0.0\",\"12\",\"0x1F\",\"1_000\",8.5e+01],"
        "\"l\":[null,null,null,\"null\",true,true,false,\"yes\",\"on\",\"\"],"
        "\"m\":\"two\\nlines\\n\","
        "\"nul\\u0000\":\"\\t\\\"\\\\\","
        "\"\xc3\xa9\\n\":\"12\"}");
}

static void aliases_and_merge_keys_are_resolved(void **state)
{
    (void)state;
    tmesh_auto(tmesh_definition) definition = parse_good(
        HEAD "metadata:\n  base: &base {max_attempts: 7, backoff: linear}\n"
             "steps:\n"
             " - {name: a, handler: &h {callable: f}, retry: *base}\n"
             " - {name: b, handler: *h, retry: {<<: *base, max_attempts: 9}}\n"
             " - {name: c, handler: *h, retry: {<<: [{backoff: none}, *base]}}\n");
    assert_int_equal(definition->steps[0].retry.max_attempts, 7);
    assert_int_equal(definition->steps[1].retry.max_attempts, 9);
    assert_int_equal(definition->steps[1].retry.kind, TMESH_BACKOFF_LINEAR);
    assert_int_equal(definition->steps[2].retry.kind, TMESH_BACKOFF_NONE);
    assert_int_equal(definition->steps[2].retry.max_attempts, 7);
    expect_refusal(HEAD "metadata: {a: *nope}\n" ONE_STEP, "UNKNOWN_ALIAS", "", 4, 15);
    expect_refusal(HEAD "metadata: &m {a: *m}\n" ONE_STEP, "UNKNOWN_ALIAS", "", 4, 18);
    expect_refusal(HEAD "metadata: {<<: 3}\n" ONE_STEP, "BAD_MERGE", "", 4, 16);
}

static void an_alias_bomb_does_not_go_off(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add_text(text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
        tmesh_buffer_printf(text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++) tmesh_buffer_printf(text, "*a%d, ", i - 1);
        tmesh_buffer_add_text(text, "]\n");
    }
    tmesh_auto(tmesh_template_report) report = parse_bad(text->data);
    assert_non_null(find_issue(report, "TOO_LARGE"));
}

static void documents_have_limits(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    for (int i = 0; i < 50000; i++) tmesh_buffer_add_text(text, "[");
    tmesh_auto(tmesh_template_report) deep = parse_bad(text->data);
    assert_true(find_issue(deep, "TOO_DEEP") || find_issue(deep, "YAML_SYNTAX"));
    tmesh_buffer_clear(text);
    tmesh_buffer_add_text(text, HEAD ONE_STEP "metadata:\n x: ");
    for (int i = 0; i < 70; i++) tmesh_buffer_printf(text, "\n%*s- ", 2 + i, "");
    tmesh_auto(tmesh_template_report) deeper = parse_bad(text->data);
    assert_non_null(find_issue(deeper, "TOO_DEEP"));
    tmesh_buffer_clear(text);
    for (int i = 0; i < 5000; i++) tmesh_buffer_printf(text, "#%*d\n", 1000, i);
    tmesh_auto(tmesh_template_report) large = parse_bad(text->data);
    assert_non_null(find_issue(large, "TOO_LARGE"));
}

static void what_is_not_yaml_is_told_with_its_place(void **state)
{
    (void)state;
    expect_refusal(HEAD "steps: [\n", "YAML_SYNTAX", "", 5, 1);
    expect_refusal("a: b: c\n", "YAML_SYNTAX", "", 1, 5);
    expect_refusal("steps:\n\t- a\n", "YAML_SYNTAX", "", 2, 1);
    expect_refusal("", "EMPTY_DOCUMENT", "", 1, 1);
    expect_refusal("# nothing\n", "EMPTY_DOCUMENT", "", 1, 1);
    expect_refusal("just text\n", "BAD_TYPE", "", 1, 1);
    expect_refusal("- a\n", "BAD_TYPE", "", 1, 1);
    expect_refusal(HEAD ONE_STEP "---\nname: x\n", "MULTIPLE_DOCUMENTS", "", 6, 1);
    expect_refusal(HEAD ONE_STEP "name: t\n", "DUPLICATE_KEY", "", 6, 1);
    expect_refusal(HEAD ONE_STEP "metadata: {? [a] : b}\n", "BAD_KEY", "", 6, 14);
    expect_refusal(HEAD ONE_STEP "metadata: !mine {}\n", "BAD_TAG", "", 6, 17);
    expect_refusal(HEAD ONE_STEP "metadata: {a: .inf}\n", "BAD_NUMBER", "", 6, 15);
    expect_refusal(HEAD ONE_STEP "metadata: {a: .NaN}\n", "BAD_NUMBER", "", 6, 15);
    expect_refusal(HEAD ONE_STEP "metadata: {a: 0xFFFFFFFFFFFFFFFFF}\n", "BAD_NUMBER", "", 6, 15);
    expect_refusal("name: \xff\n", "BAD_BYTE", "", 1, 7);
    expect_refusal("name: x\nb: \x01\n", "BAD_BYTE", "", 2, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_strings_come_out_as_they_went_in),
        cmocka_unit_test(aliases_and_merge_keys_are_resolved),
        cmocka_unit_test(an_alias_bomb_does_not_go_off),
        cmocka_unit_test(documents_have_limits),
        cmocka_unit_test(what_is_not_yaml_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
