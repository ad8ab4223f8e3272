#include "schema_bench.h"

#define LOOP "error|BAD_SCHEMA|"
#define UNSUPPORTED "error|UNSUPPORTED_SCHEMA_KEYWORD|"

static void pointers_lead_to_schemas(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'$ref':'#/$defs/a','$defs':{'a':{'type':'null'}}}", "null", NULL},
        {"{'$ref':'#/$defs/a','$defs':{'a':{'type':'null'}}}", "1", "|type|/$defs/a/type"},
        {"{'$ref':'#/$defs/a','$defs':{'a':false}}", "1", "|false|/$defs/a"},
        {"{'$ref':'#/definitions/a','definitions':{'a':{'type':'null'}}}", "1",
         "|type|/definitions/a/type"},
        {"{'$ref':'#/$defs/a','$defs':{'a':{'$ref':'#/$defs/b'},'b':{'minimum':1}}}",
         "0", "|minimum|/$defs/b/minimum"},
        {"{'$ref':'#/$defs/a~1b~0c%25%20%22','$defs':{'a/b~c% \\'':{'minimum':1}}}", "0",
         "|minimum|/$defs/a~1b~0c% \"/minimum"},
        {"{'$ref':'#/$defs/%C3%A9','$defs':{'\xc3\xa9':{'minimum':1}}}", "0",
         "|minimum|/$defs/\xc3\xa9/minimum"},
        {"{'$ref':'#/$defs//x','$defs':{'':{'x':{'minimum':1}}}}", "0",
         "|minimum|/$defs//x/minimum"},
        {"{'properties':{'a':{'minimum':1},'b':{'$ref':'#/properties/a'}}}", "{'b':0}",
         "/b|minimum|/properties/a/minimum"},
        {"{'prefixItems':[{'minimum':1},{'$ref':'#/prefixItems/0'}]}", "[1,0]",
         "/1|minimum|/prefixItems/0/minimum"},
        {"{'x-mine':{'a':{'minimum':1}},'$ref':'#/x-mine/a'}", "0",
         "|minimum|/x-mine/a/minimum"},
        {"{'enum':[{'$ref':'#/nowhere'}]}", "{'$ref':'#/nowhere'}", NULL},
        {"{'$id':'http://x/y','$ref':'http://x/y#/$defs/a','$defs':{'a':false}}", "1",
         "|false|/$defs/a"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void a_ref_has_siblings_in_2020_12_only(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {DRAFT_2020 "'$ref':'#/$defs/a','maximum':3,'$defs':{'a':{'minimum':1}}}", "4",
         "|maximum|/maximum"},
        {DRAFT_7 "'$ref':'#/definitions/a','maximum':3,'definitions':{'a':{'minimum':1}}}",
         "4", NULL},
        {DRAFT_7 "'properties':{'a':{'$ref':'#/definitions/a','maximum':3}},"
                 "'definitions':{'a':{'minimum':1}}}",
         "{'a':0}", "/a|minimum|/definitions/a/minimum"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_issues(DRAFT_7 "'$ref':'#/definitions/a','maximum':'x','title':'t',"
                                       "'definitions':{'a':{}}}",
                               "warning|IGNORED_SCHEMA_KEYWORD|/maximum");
}

static void anchors_are_names(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'$ref':'#n','$defs':{'a':{'$anchor':'n','minimum':1}}}", "0",
         "|minimum|/$defs/a/minimum"},
        {DRAFT_7 "'allOf':[{'$ref':'#n'}],'definitions':{'a':{'$id':'#n','minimum':1}}}",
         "0", "|minimum|/definitions/a/minimum"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_issues("{'$ref':'#n'}", "error|BAD_SCHEMA|/$ref");
    schema_bench_expect_issues("{'$defs':{'a':{'$anchor':'n'},'b':{'$anchor':'n'}}}",
                               "error|BAD_SCHEMA|/$defs/b/$anchor");
}

static void recursion_follows_the_value(void **state)
{
    (void)state;
    static const char tree[] =
        "{'type':'object','required':['v'],'properties':{'v':{'type':'integer'},"
        "'kids':{'type':'array','items':{'$ref':'#'}}}}";
    static const schema_case_t cases[] = {
        {tree, "{'v':1,'kids':[{'v':2,'kids':[]},{'v':3}]}", NULL},
        {tree, "{'v':1,'kids':[{'v':2,'kids':[{'v':'x'},{}]}]}",
         "/kids/0/kids/0/v|type|/properties/v/type /kids/0/kids/1/v|required|/required"},
        {"{'$ref':'#/$defs/a','$defs':{'a':{'items':{'$ref':'#/$defs/b'}},"
         "'b':{'type':'array','items':{'$ref':'#/$defs/a'}}}}",
         "[[1,[[],2]]]", "/0/1/1|type|/$defs/b/type"},
        {"{'additionalProperties':{'$ref':'#'},'propertyNames':{'$ref':'#/$defs/n'},"
         "'$defs':{'n':{'maxLength':1}}}",
         "{'a':{'bc':{}}}", "/a/bc|maxLength|/$defs/n/maxLength"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void loops_without_progress_are_refused(void **state)
{
    (void)state;
    schema_bench_expect_issues("{'$ref':'#'}", LOOP);
    schema_bench_expect_issues("{'allOf':[{'$ref':'#'}]}", LOOP "/allOf/0");
    schema_bench_expect_issues("{'anyOf':[true,{'$ref':'#'}]}", LOOP "/anyOf/1");
    schema_bench_expect_issues("{'not':{'$ref':'#'}}", LOOP "/not");
    schema_bench_expect_issues("{'if':{'$ref':'#'}}", LOOP "/if");
    schema_bench_expect_issues("{'dependentSchemas':{'a':{'$ref':'#'}}}",
                               LOOP "/dependentSchemas/a");
    schema_bench_expect_issues("{'$defs':{'a':{'$ref':'#/$defs/b'},"
                               "'b':{'oneOf':[{'$ref':'#/$defs/a'}]}}}",
                               LOOP "/$defs/b/oneOf/0");
    schema_bench_expect_issues(DRAFT_7 "'definitions':{'a':{'$ref':'#/definitions/a'}}}",
                               LOOP "/definitions/a");
    // Twice the same schema, but no circle.
    schema_bench_expect_issues("{'allOf':[{'$ref':'#/$defs/a'},{'$ref':'#/$defs/a'}],"
                               "'$defs':{'a':{'items':{'$ref':'#'}}}}",
                               "");
}

static void references_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "#/nowhere", "#/$defs/a/minimum", "#/$defs/list/01", "#/$defs/list/2", "#/$defs/list/-",
        "#/$defs/a~2", "#/$defs/a~", "#/%zz", "#/%4", "#name", "#/$defs/list/99999999999", "#//"};
    for (size_t i = 0; i < TMESH_COUNT_OF(texts); i++) {
        tmesh_auto_free char *schema =
            tmesh_printf("{'properties':{'x':{'$ref':'%s'}},'$defs':{'a':{'minimum':1},"
                         "'list':{'allOf':[true]}}}",
                         texts[i]);
        const char *at = strcmp(texts[i], "#/$defs/a/minimum") == 0 ? "/$defs/a/minimum"
                                                                    : "/properties/x/$ref";
        tmesh_auto_free char *expected = tmesh_printf("error|BAD_SCHEMA|%s", at);
        schema_bench_expect_issues(schema, expected);
    }
}

static void other_documents_are_refused(void **state)
{
    (void)state;
    schema_bench_expect_issues("{'$ref':'http://example.com/s'}", UNSUPPORTED "/$ref");
    schema_bench_expect_issues("{'$ref':'other.json#/$defs/a'}", UNSUPPORTED "/$ref");
    schema_bench_expect_issues("{'items':{'$ref':'https://json-schema.org/draft/2020-12/schema'}}",
                               UNSUPPORTED "/items/$ref");
    schema_bench_expect_issues("{'$id':'http://x/y','$ref':'http://x/z#/$defs/a'}",
                               UNSUPPORTED "/$ref");
    schema_bench_expect_issues("{'$dynamicRef':'#a','$defs':{'a':{'$dynamicAnchor':'a'}}}",
                               UNSUPPORTED "/$dynamicRef " UNSUPPORTED "/$defs/a/$dynamicAnchor");
    schema_bench_expect_issues("{'properties':{'a':{'$id':'http://x/y','items':"
                               "{'$ref':'#/$defs/b'},'$defs':{'b':true}}}}",
                               UNSUPPORTED "/properties/a/$id");
    // As the base of nothing, or as a name of its own place, an $id does no harm.
    schema_bench_expect_issues("{'properties':{'a':{'$id':'http://x/y','type':'null'}}}", "");
    schema_bench_expect_issues(DRAFT_7 "'properties':{'a':{'$id':'#/properties/a'}}}", "");
    schema_bench_expect_issues("{'properties':{'$id':{'$ref':'#/$defs/a'}},'$defs':{'a':{}}}",
                               "");
}

static void a_long_chain_does_not_exhaust_the_stack(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_buffer_add_text(text, "{'$ref':'#/$defs/a0','$defs':{");
    for (int i = 0; i < 20000; i++) {
        tmesh_buffer_printf(text, "'a%d':{'$ref':'#/$defs/a%d'},", i, i + 1);
    }
    tmesh_buffer_add_text(text, "'a20000':false}}");
    schema_case_t test = {tmesh_buffer_text(text), "1", "||/$defs/a999|schema_limit"};
    schema_bench_check(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_lead_to_schemas),
        cmocka_unit_test(a_ref_has_siblings_in_2020_12_only),
        cmocka_unit_test(anchors_are_names),
        cmocka_unit_test(recursion_follows_the_value),
        cmocka_unit_test(loops_without_progress_are_refused),
        cmocka_unit_test(references_that_lead_nowhere_are_refused),
        cmocka_unit_test(other_documents_are_refused),
        cmocka_unit_test(a_long_chain_does_not_exhaust_the_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
