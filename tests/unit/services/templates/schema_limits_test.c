#include "schema_bench.h"

#include <pthread.h>

static void only_so_many_violations_are_listed(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) instance = tmesh_buffer_new();
    for (int i = 0; i < 250; i++) tmesh_buffer_add_text(instance, i ? ",1" : "[1");
    tmesh_buffer_add_text(instance, "]");
    tmesh_auto(tmesh_schema) schema = schema_bench_compile("{'items':{'type':'string'}}");
    tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
    assert_false(tmesh_schema_validate(schema, tmesh_buffer_bytes(instance), violations));
    assert_int_equal(violations->count, TMESH_SCHEMA_VIOLATIONS_MAX);
    assert_int_equal(violations->more, 250 - TMESH_SCHEMA_VIOLATIONS_MAX);
    assert_string_equal(violations->items[99].pointer, "/99");
    // Another validation adds to them.
    assert_false(schema_bench_fits(schema, "[1", violations));
    assert_int_equal(violations->more, 251 - TMESH_SCHEMA_VIOLATIONS_MAX);
}

static void instances_are_trusted_in_nothing(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{}", "", "|||invalid_json"},
        {"{}", "{", "|||invalid_json"},
        {"{}", "{'a':[1,]}", "/a/1|||invalid_json"},
        {"{}", "1 2", "|||invalid_json"},
        {"{}", "'\xff'", "|||invalid_json"},
        {"{}", "{'a':1,'\\u0061':2}", "|||duplicate_key"},
        {"{'type':'null'}", " \t\r\nnull\n ", NULL},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static char *nested(int levels)
{
    char *text = tmesh_alloc((size_t)levels * 2 + 1);
    memset(text, '[', (size_t)levels);
    memset(text + levels, ']', (size_t)levels);
    return text;
}

static void depth_is_bounded(void **state)
{
    (void)state;
    tmesh_auto(tmesh_schema) schema =
        schema_bench_compile("{'type':'array','items':{'allOf':[{'$ref':'#'}]}}");
    tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
    tmesh_auto_free char *deepest = nested(64);
    tmesh_auto_free char *too_deep = nested(65);
    assert_true(schema_bench_fits(schema, deepest, violations));
    assert_false(schema_bench_fits(schema, too_deep, violations));
    assert_string_equal(violations->items[0].code, "too_deep");
    schema_bench_expect_issues("{'not':{'not':{'not':{'not':true}}}}", "");
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    for (int i = 0; i < 65; i++) tmesh_buffer_add_text(text, "{'not':");
    tmesh_buffer_add_text(text, "{}");
    for (int i = 0; i < 65; i++) tmesh_buffer_add_text(text, "}");
    tmesh_schema_t *none = NULL;
    tmesh_auto(tmesh_buffer) issues = tmesh_buffer_new();
    assert_int_equal(schema_bench_try(tmesh_buffer_text(text), issues, &none), TMESH_ERR_INVALID);
}

// Each definition asks for the next one twice: 2^60 ways to the last.
static char *doubling(const char *keyword)
{
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add_text(text, "{'$ref':'#/$defs/a0','$defs':{");
    for (int i = 0; i < 60; i++) {
        tmesh_buffer_printf(text, "'a%d':{'%s':[{'$ref':'#/$defs/a%d'},{'$ref':'#/$defs/a%d'}]},",
                            i, keyword, i + 1, i + 1);
    }
    tmesh_buffer_add_text(text, "'a60':{'type':'string'}}}");
    return tmesh_buffer_take(text);
}

static void work_is_bounded(void **state)
{
    (void)state;
    static const char *const keywords[] = {"allOf", "anyOf", "oneOf"};
    for (size_t i = 0; i < TMESH_COUNT_OF(keywords); i++) {
        tmesh_auto_free char *text = doubling(keywords[i]);
        tmesh_auto(tmesh_schema) schema = schema_bench_compile(text);
        tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
        const char *instance = strcmp(keywords[i], "anyOf") == 0 ? "1" : "'x'";
        assert_false(schema_bench_fits(schema, instance, violations));
        assert_int_equal(violations->count, 1);
        assert_string_equal(violations->items[0].code, "schema_limit");
    }
}

static void large_values_are_no_trouble(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) instance = tmesh_buffer_new();
    tmesh_auto(tmesh_schema) schema = schema_bench_compile(
        "{'uniqueItems':true,'items':{'type':'integer','minimum':0,'multipleOf':1}}");
    tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
    for (int i = 0; i < 100000; i++) tmesh_buffer_printf(instance, "%c%d", i ? ',' : '[', i);
    tmesh_buffer_add_text(instance, "]");
    assert_true(tmesh_schema_validate(schema, tmesh_buffer_bytes(instance), violations));
    tmesh_buffer_clear(instance);
    tmesh_buffer_add_text(instance, "[1");
    for (int i = 0; i < 100000; i++) tmesh_buffer_add_text(instance, "0123456789");
    tmesh_buffer_add_text(instance, "]");
    assert_true(tmesh_schema_validate(schema, tmesh_buffer_bytes(instance), violations));
}

static void *validate_often(void *schema)
{
    for (int i = 0; i < 300; i++) {
        tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
        const char *text = i % 2 ? "{'ab':['x1',{'ab':[]}]}" : "{'ab':['1x','y']}";
        bool fits = schema_bench_fits(schema, text, violations);
        if (fits != (i % 2 == 1)) return schema;
    }
    return NULL;
}

static void one_schema_serves_several_threads(void **state)
{
    (void)state;
    tmesh_auto(tmesh_schema) schema = schema_bench_compile(
        "{'patternProperties':{'^a(b|c)$':{'items':{'anyOf':[{'pattern':'^[a-z]\\\\d$'},"
        "{'type':'object','$ref':'#'}]}}},'additionalProperties':false}");
    pthread_t threads[4];
    for (size_t i = 0; i < TMESH_COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, validate_often, schema), 0);
    }
    for (size_t i = 0; i < TMESH_COUNT_OF(threads); i++) {
        void *failure = NULL;
        assert_int_equal(pthread_join(threads[i], &failure), 0);
        assert_null(failure);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_so_many_violations_are_listed),
        cmocka_unit_test(instances_are_trusted_in_nothing),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(work_is_bounded),
        cmocka_unit_test(large_values_are_no_trouble),
        cmocka_unit_test(one_schema_serves_several_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
