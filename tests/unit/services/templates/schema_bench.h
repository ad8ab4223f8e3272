// Tables of schemas, instances and what is to be said of them; for the schema_*_test.c beside it.
// JSON is written with ' for ", which C would want escaped.
#ifndef TMESH_TESTS_UNIT_TEMPLATES_SCHEMA_BENCH_H
#define TMESH_TESTS_UNIT_TEMPLATES_SCHEMA_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/schema.h"

#define DRAFT_7 "{'$schema':'http://json-schema.org/draft-07/schema#',"
#define DRAFT_2020 "{'$schema':'https://json-schema.org/draft/2020-12/schema',"

typedef struct {
    const char *schema;
    const char *instance;
    const char *expected; // NULL: it fits; otherwise "pointer|keyword|schema pointer", with spaces
} schema_case_t;

static inline char *schema_bench_json(const char *text)
{
    char *json = tmesh_strdup(text);
    for (char *at = json; *at; at++) {
        if (*at == '\'') *at = '"';
    }
    return json;
}

static inline void schema_bench_tell(void *self, const tmesh_schema_issue_t *issue)
{
    tmesh_buffer_printf(self, "%s%s|%s|%s", ((tmesh_buffer_t *)self)->size ? " " : "",
                        issue->is_error ? "error" : "warning", issue->code, issue->pointer);
    assert_true(strlen(issue->message) > 0);
}

static inline tmesh_err_t schema_bench_try(const char *text, tmesh_buffer_t *issues,
                                           tmesh_schema_t **schema_p)
{
    tmesh_auto_free char *json = schema_bench_json(text);
    return tmesh_schema_compile(tmesh_bytes_of_text(json), schema_bench_tell, issues, schema_p);
}

static inline tmesh_schema_t *schema_bench_compile(const char *text)
{
    tmesh_auto(tmesh_buffer) issues = tmesh_buffer_new();
    tmesh_schema_t *schema = NULL;
    tmesh_err_t err = schema_bench_try(text, issues, &schema);
    if (err) print_error("%s\n%s\n", text, tmesh_buffer_text(issues));
    assert_int_equal(err, TMESH_OK);
    return schema;
}

static inline void schema_bench_expect_issues(const char *text, const char *expected)
{
    tmesh_auto(tmesh_buffer) issues = tmesh_buffer_new();
    tmesh_auto(tmesh_schema) schema = NULL;
    tmesh_err_t err = schema_bench_try(text, issues, &schema);
    if (strcmp(tmesh_buffer_text(issues), expected) != 0) print_error("%s\n", text);
    assert_string_equal(tmesh_buffer_text(issues), expected);
    assert_int_equal(err, strstr(expected, "error|") ? TMESH_ERR_INVALID : TMESH_OK);
    assert_int_equal(err != TMESH_OK, schema == NULL);
}

static inline bool schema_bench_fits(const tmesh_schema_t *schema, const char *instance,
                                     tmesh_schema_violations_t *violations)
{
    tmesh_auto_free char *json = schema_bench_json(instance);
    return tmesh_schema_validate(schema, tmesh_bytes_of_text(json), violations);
}

static inline void schema_bench_list(const tmesh_schema_violations_t *violations,
                                     tmesh_buffer_t *out)
{
    for (size_t i = 0; i < violations->count; i++) {
        const tmesh_schema_violation_t *item = &violations->items[i];
        tmesh_buffer_printf(out, "%s%s|%s|%s", i ? " " : "", item->pointer, item->keyword,
                            item->schema_pointer);
        if (strcmp(item->code, "schema_violation") != 0) {
            tmesh_buffer_printf(out, "|%s", item->code);
        }
        assert_true(strlen(item->message) > 0);
    }
}

static inline void schema_bench_check(const schema_case_t *test)
{
    tmesh_auto(tmesh_schema) schema = schema_bench_compile(test->schema);
    tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
    tmesh_auto(tmesh_buffer) found = tmesh_buffer_new();
    bool fits = schema_bench_fits(schema, test->instance, violations);
    schema_bench_list(violations, found);
    const char *expected = test->expected ? test->expected : "";
    if (strcmp(tmesh_buffer_text(found), expected) != 0) {
        print_error("%s\n%s\n", test->schema, test->instance);
    }
    assert_string_equal(tmesh_buffer_text(found), expected);
    assert_int_equal(fits, test->expected == NULL);
}

#define SCHEMA_BENCH_CHECK(cases)                                                                  \
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) schema_bench_check(&(cases)[i])

// The sentence of the only violation.
static inline void schema_bench_expect_message(const char *schema_text, const char *instance,
                                               const char *message)
{
    tmesh_auto(tmesh_schema) schema = schema_bench_compile(schema_text);
    tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
    assert_false(schema_bench_fits(schema, instance, violations));
    assert_int_equal(violations->count, 1);
    assert_string_equal(violations->items[0].message, message);
}

#endif
