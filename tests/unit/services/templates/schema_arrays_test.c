#include "schema_bench.h"

static void items_of_2020_12(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'items':{'type':'integer'}}", "[1,2]", NULL},
        {"{'items':{'type':'integer'}}", "[]", NULL},
        {"{'items':{'type':'integer'}}", "{'0':'x'}", NULL},
        {"{'items':{'type':'integer'}}", "['a',1,null]",
         "/0|type|/items/type /2|type|/items/type"},
        {"{'items':false}", "[]", NULL},
        {"{'items':false}", "[1]", "/0|items|/items"},
        {"{'prefixItems':[{'type':'integer'},true]}", "[1,2,'x']", NULL},
        {"{'prefixItems':[{'type':'integer'},true]}", "[]", NULL},
        {"{'prefixItems':[{'type':'integer'},false]}", "['a',2]",
         "/0|type|/prefixItems/0/type /1|prefixItems|/prefixItems/1"},
        {"{'prefixItems':[true],'items':{'const':1}}", "[0,1,1.0]", NULL},
        {"{'prefixItems':[true],'items':{'const':1}}", "[0,0]", "/1|const|/items/const"},
        {DRAFT_2020 "'additionalItems':false}", "[1]", NULL},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void items_of_draft_7(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {DRAFT_7 "'items':{'const':1}}", "[1,2]", "/1|const|/items/const"},
        {DRAFT_7 "'items':[{'const':1},{'const':2}]}", "[1,2,3]", NULL},
        {DRAFT_7 "'items':[{'const':1},{'const':2}]}", "[2,1]",
         "/0|const|/items/0/const /1|const|/items/1/const"},
        {DRAFT_7 "'items':[true],'additionalItems':{'const':1}}", "[0,1,2]",
         "/2|const|/additionalItems/const"},
        {DRAFT_7 "'items':[true],'additionalItems':false}", "[0]", NULL},
        {DRAFT_7 "'items':[true],'additionalItems':false}", "[0,1]",
         "/1|additionalItems|/additionalItems"},
        {DRAFT_7 "'items':[],'additionalItems':false}", "[0]",
         "/0|additionalItems|/additionalItems"},
        {DRAFT_7 "'items':{},'additionalItems':false}", "[0]", NULL},
        {DRAFT_7 "'additionalItems':false}", "[0]", NULL},
        {DRAFT_7 "'prefixItems':[false]}", "[0]", NULL},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void contains_and_its_counts(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'contains':{'minimum':5}}", "[3,5]", NULL},
        {"{'contains':{'minimum':5}}", "'x'", NULL},
        {"{'contains':{'minimum':5}}", "[3,4]", "|contains|/contains"},
        {"{'contains':{'minimum':5}}", "[]", "|contains|/contains"},
        {"{'contains':false}", "[1]", "|contains|/contains"},
        {"{'contains':{'const':1},'minContains':2}", "[1,2,1]", NULL},
        {"{'contains':{'const':1},'minContains':2}", "[1,2]", "|minContains|/minContains"},
        {"{'contains':{'const':1},'maxContains':1}", "[1,2]", NULL},
        {"{'contains':{'const':1},'maxContains':1}", "[1,1]", "|maxContains|/maxContains"},
        {"{'contains':{'const':1},'maxContains':1}", "[]", "|contains|/contains"},
        {"{'contains':{'const':1},'minContains':0}", "[]", NULL},
        {"{'contains':{'const':1},'minContains':0,'maxContains':1}", "[1,1]",
         "|maxContains|/maxContains"},
        {"{'contains':{'const':1},'minContains':2.0,'maxContains':1.0}", "[]",
         "|minContains|/minContains"},
        {"{'minContains':2}", "[]", NULL},
        {DRAFT_7 "'contains':{'const':1},'minContains':2,'maxContains':0}", "[1]", NULL},
        {DRAFT_7 "'contains':{'const':1}}", "[2]", "|contains|/contains"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'contains':{'const':1},'minContains':2}", "[1]",
                                "this must have at least 2 items that fit contains, and has 1");
}

static void counts_of_items(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'minItems':1}", "[0]", NULL},
        {"{'minItems':1}", "[]", "|minItems|/minItems"},
        {"{'minItems':1}", "{}", NULL},
        {"{'maxItems':1}", "[0]", NULL},
        {"{'maxItems':1.0}", "[0,1]", "|maxItems|/maxItems"},
        {DRAFT_7 "'maxItems':0}", "[0,1]", "|maxItems|/maxItems"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void unique_items_are_compared_as_values(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'uniqueItems':true}", "[]", NULL},
        {"{'uniqueItems':true}", "[1,2,'1',true,null,[],{},0,false,'']", NULL},
        {"{'uniqueItems':true}", "[1,2,1.0]", "|uniqueItems|/uniqueItems"},
        {"{'uniqueItems':true}", "[0,-0.0]", "|uniqueItems|/uniqueItems"},
        {"{'uniqueItems':true}", "[1e400,10e399]", "|uniqueItems|/uniqueItems"},
        {"{'uniqueItems':true}", "[{'a':1,'b':2},{'b':2.0,'a':1}]",
         "|uniqueItems|/uniqueItems"},
        {"{'uniqueItems':true}", "[{'a':1},{'a':2},{'b':1}]", NULL},
        {"{'uniqueItems':true}", "[[1],[1,1],[[1]]]", NULL},
        {"{'uniqueItems':true}", "[[1],[1.0]]", "|uniqueItems|/uniqueItems"},
        {"{'uniqueItems':true}", "['\\u0041','A']", "|uniqueItems|/uniqueItems"},
        {"{'uniqueItems':true}", "['\\ud800','\\udfff','\\ufffd','\\u0000']", NULL},
        {"{'uniqueItems':false}", "[1,1]", NULL},
        {DRAFT_7 "'uniqueItems':true}", "[[],[]]", "|uniqueItems|/uniqueItems"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'uniqueItems':true}", "['b',2,3,2.0]",
                                "this must have different items, and items 1 and 3 are equal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_of_2020_12),
        cmocka_unit_test(items_of_draft_7),
        cmocka_unit_test(contains_and_its_counts),
        cmocka_unit_test(counts_of_items),
        cmocka_unit_test(unique_items_are_compared_as_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
