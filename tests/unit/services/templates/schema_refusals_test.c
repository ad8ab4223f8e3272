#include "schema_bench.h"

// What is refused or warned of when a schema is compiled.

static void values_of_the_wrong_type_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        const char *where;
    } cases[] = {
        {"3", ""}, {"[]", ""}, {"null", ""}, {"'true'", ""},
        {"{'type':'float'}", "/type"}, {"{'type':3}", "/type"}, {"{'type':[]}", "/type"},
        {"{'type':['string',1]}", "/type/1"}, {"{'type':['null','null']}", "/type/1"},
        {"{'enum':3}", "/enum"}, {"{'enum':{}}", "/enum"},
        {"{'minimum':'3'}", "/minimum"}, {"{'maximum':null}", "/maximum"},
        {"{'exclusiveMinimum':true}", "/exclusiveMinimum"},
        {"{'exclusiveMaximum':[]}", "/exclusiveMaximum"},
        {"{'multipleOf':0}", "/multipleOf"}, {"{'multipleOf':-1}", "/multipleOf"},
        {"{'multipleOf':'1'}", "/multipleOf"},
        {"{'multipleOf':12345678901234567890123456789012345678}", "/multipleOf"},
        {"{'minLength':-1}", "/minLength"}, {"{'maxLength':1.5}", "/maxLength"},
        {"{'minLength':'1'}", "/minLength"}, {"{'minItems':null}", "/minItems"},
        {"{'maxItems':1e-1}", "/maxItems"}, {"{'minProperties':-0.5}", "/minProperties"},
        {"{'maxProperties':[]}", "/maxProperties"},
        {"{'minContains':-1}", "/minContains"}, {"{'maxContains':true}", "/maxContains"},
        {"{'uniqueItems':1}", "/uniqueItems"},
        {"{'pattern':3}", "/pattern"}, {"{'pattern':'('}", "/pattern"},
        {"{'pattern':'[a-'}", "/pattern"}, {"{'pattern':'a**'}", "/pattern"},
        {"{'items':3}", "/items"}, {"{'items':[]}", "/items"}, {"{'items':[{}]}", "/items"},
        {"{'prefixItems':{}}", "/prefixItems"}, {"{'prefixItems':[]}", "/prefixItems"},
        {"{'prefixItems':[1]}", "/prefixItems/0"}, {"{'contains':'x'}", "/contains"},
        {"{'properties':[]}", "/properties"}, {"{'properties':{'a':1}}", "/properties/a"},
        {"{'patternProperties':{'(':true}}", "/patternProperties/("},
        {"{'patternProperties':{'a':1}}", "/patternProperties/a"},
        {"{'additionalProperties':'no'}", "/additionalProperties"},
        {"{'propertyNames':[]}", "/propertyNames"},
        {"{'required':'a'}", "/required"}, {"{'required':[1]}", "/required/0"},
        {"{'required':['a','b','a']}", "/required/2"}, {"{'required':true}", "/required"},
        {"{'dependentRequired':{'a':{}}}", "/dependentRequired/a"},
        {"{'dependentSchemas':{'a':[]}}", "/dependentSchemas/a"},
        {"{'dependencies':{'a':[1]}}", "/dependencies/a/0"},
        {"{'dependencies':{'a':'b'}}", "/dependencies/a"},
        {"{'allOf':[]}", "/allOf"}, {"{'anyOf':{}}", "/anyOf"}, {"{'oneOf':[1]}", "/oneOf/0"},
        {"{'not':1}", "/not"}, {"{'if':'x'}", "/if"}, {"{'then':1}", "/then"},
        {"{'else':[]}", "/else"},
        {"{'$ref':1}", "/$ref"}, {"{'$defs':[]}", "/$defs"}, {"{'$defs':{'a':1}}", "/$defs/a"},
        {"{'definitions':{'a':{'type':1}}}", "/definitions/a/type"},
        {"{'$anchor':1}", "/$anchor"}, {"{'$id':1}", "/$id"}, {"{'$schema':1}", "/$schema"},
        {"{'properties':{'a/b':{'items':{'minimum':{}}}}}",
         "/properties/a~1b/items/minimum"},
        {DRAFT_7 "'items':[1]}", "/items/0"}, {DRAFT_7 "'additionalItems':1}", "/additionalItems"},
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(cases); i++) {
        tmesh_auto_free char *expected = tmesh_printf("error|BAD_SCHEMA|%s", cases[i].where);
        schema_bench_expect_issues(cases[i].schema, expected);
    }
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", " ", "{", "{]", "{'a':1,}", "{} {}", "\xff",
                                        "{'a':'\xed\xa0\x80'}"};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        tmesh_auto(tmesh_buffer) issues = tmesh_buffer_new();
        tmesh_schema_t *schema = NULL;
        assert_int_equal(schema_bench_try(texts[i], issues, &schema), TMESH_ERR_INVALID);
        assert_null(schema);
        assert_ptr_equal(strstr(tmesh_buffer_text(issues), "error|BAD_SCHEMA|"),
                         tmesh_buffer_text(issues));
    }
    schema_bench_expect_issues("{'a':1,'a':2}", "error|BAD_SCHEMA|");
}

static void every_mistake_is_told_at_once(void **state)
{
    (void)state;
    schema_bench_expect_issues(
        "{'minimum':'3','required':[1,2],'properties':{'a':{'type':'x'}},"
        "'unevaluatedProperties':false,'minimun':3,'$ref':'#/x'}",
        "error|UNSUPPORTED_SCHEMA_KEYWORD|/unevaluatedProperties "
        "warning|UNKNOWN_SCHEMA_KEYWORD|/minimun error|BAD_SCHEMA|/minimum "
        "error|BAD_SCHEMA|/required/0 error|BAD_SCHEMA|/required/1 "
        "error|BAD_SCHEMA|/properties/a/type error|BAD_SCHEMA|/$ref");
}

static void unsupported_keywords_are_refused(void **state)
{
    (void)state;
    static const char *const keywords[] = {
        "unevaluatedItems", "unevaluatedProperties", "$dynamicRef", "$dynamicAnchor",
        "$recursiveRef", "$recursiveAnchor", "$vocabulary"};
    for (size_t i = 0; i < TMESH_COUNT_OF(keywords); i++) {
        tmesh_auto_free char *schema =
            tmesh_printf("{'properties':{'a':{'%s':{}}}}", keywords[i]);
        tmesh_auto_free char *expected =
            tmesh_printf("error|UNSUPPORTED_SCHEMA_KEYWORD|/properties/a/%s", keywords[i]);
        schema_bench_expect_issues(schema, expected);
    }
    schema_bench_expect_issues("{'$schema':'http://json-schema.org/draft-04/schema#'}",
                               "error|UNSUPPORTED_SCHEMA_KEYWORD|/$schema");
    schema_bench_expect_issues("{'$schema':'https://json-schema.org/draft/2019-09/schema'}",
                               "error|UNSUPPORTED_SCHEMA_KEYWORD|/$schema");
}

static void unknown_keywords_are_warnings(void **state)
{
    (void)state;
    schema_bench_expect_issues("{'x-mine':1,'properties':{'nullable':{'nullable':true}}}",
                               "warning|UNKNOWN_SCHEMA_KEYWORD|/x-mine "
                               "warning|UNKNOWN_SCHEMA_KEYWORD|/properties/nullable/nullable");
    schema_bench_expect_issues(DRAFT_7 "'prefixItems':[],'minContains':-1,'dependentRequired':1}",
                               "warning|UNKNOWN_SCHEMA_KEYWORD|/prefixItems "
                               "warning|UNKNOWN_SCHEMA_KEYWORD|/minContains "
                               "warning|UNKNOWN_SCHEMA_KEYWORD|/dependentRequired");
    schema_bench_expect_issues("{'additionalItems':false}",
                               "warning|UNKNOWN_SCHEMA_KEYWORD|/additionalItems");
    schema_bench_expect_issues(DRAFT_7 "'title':1,'default':{},'examples':3,'readOnly':0}", "");
}

static void drafts_are_known_by_their_names(void **state)
{
    (void)state;
    static const char *const draft_7[] = {"http://json-schema.org/draft-07/schema",
                                          "https://json-schema.org/draft-07/schema#"};
    for (size_t i = 0; i < TMESH_COUNT_OF(draft_7); i++) {
        tmesh_auto_free char *schema =
            tmesh_printf("{'$schema':'%s','items':[{}]}", draft_7[i]);
        schema_bench_expect_issues(schema, "");
    }
    schema_bench_expect_issues("{'$schema':'https://json-schema.org/draft/2020-12/schema#'}", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_the_wrong_type_are_refused),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(every_mistake_is_told_at_once),
        cmocka_unit_test(unsupported_keywords_are_refused),
        cmocka_unit_test(unknown_keywords_are_warnings),
        cmocka_unit_test(drafts_are_known_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
