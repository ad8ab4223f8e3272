#include "schema_bench.h"

static void members_are_judged_by_name(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'properties':{'a':{'type':'integer'},'b':false}}", "{'a':1,'c':'x'}", NULL},
        {"{'properties':{'a':{'type':'integer'},'b':false}}", "{'b':1,'a':'x'}",
         "/b|properties|/properties/b /a|type|/properties/a/type"},
        {"{'properties':{'a':false}}", "['a']", NULL},
        {"{'properties':{'~a/b':{'type':'null'}}}", "{'~a/b':1}",
         "/~0a~1b|type|/properties/~0a~1b/type"},
        {"{'properties':{'':{'type':'null'}}}", "{'':1}", "/|type|/properties//type"},
        {"{'properties':{'\\u0061':{'type':'null'}}}", "{'a':1}",
         "/a|type|/properties/a/type"},
        {"{'properties':{'\\ud800':false}}", "{'\\ud800':1,'\\ud801':1,'\\ufffd':1}",
         "/\xef\xbf\xbd|properties|/properties/\xef\xbf\xbd"},
        {"{'properties':{'$ref':{'type':'null'}}}", "{'$ref':1}",
         "/$ref|type|/properties/$ref/type"},
        {"{'properties':{'a\\u0000':false}}", "{'a':1}", NULL},
        {"{'patternProperties':{'^a':{'type':'integer'},'b$':{'minimum':5}}}",
         "{'ab':'x','a':1,'bb':1,'c':null}",
         "/ab|type|/patternProperties/^a/type /bb|minimum|/patternProperties/b$/minimum"},
        {"{'patternProperties':{'^a':{'maximum':3},'b$':{'minimum':5}}}", "{'ab':4}",
         "/ab|maximum|/patternProperties/^a/maximum /ab|minimum|/patternProperties/b$/minimum"},
        {"{'additionalProperties':false}", "{'a':1}",
         "/a|additionalProperties|/additionalProperties"},
        {"{'additionalProperties':false}", "{}", NULL},
        {"{'properties':{'a':{}},'patternProperties':{'^x-':{}},"
         "'additionalProperties':{'type':'string'}}",
         "{'a':1,'x-b':1,'c':'s','d':1,'e':2}",
         "/d|type|/additionalProperties/type /e|type|/additionalProperties/type"},
        {DRAFT_7 "'properties':{'a':true},'additionalProperties':false}",
         "{'a':1,'b':1}", "/b|additionalProperties|/additionalProperties"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void names_are_judged_too(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'propertyNames':{'maxLength':2,'pattern':'^a'}}", "{'a':0,'ab':0}", NULL},
        {"{'propertyNames':{'maxLength':2,'pattern':'^a'}}", "{'a':0,'bcd':0}",
         "/bcd|maxLength|/propertyNames/maxLength /bcd|pattern|/propertyNames/pattern"},
        {"{'propertyNames':false}", "{}", NULL},
        {"{'propertyNames':false}", "{'x':1}", "/x|propertyNames|/propertyNames"},
        {"{'propertyNames':{'enum':['\\ud800']}}", "{'\\ud800':0}", NULL},
        {DRAFT_7 "'propertyNames':{'const':'a'}}", "{'b':0}",
         "/b|const|/propertyNames/const"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'propertyNames':{'minLength':2}}", "{'x':1}",
                                "the name of this member must have at least 2 characters, and has "
                                "1");
}

static void members_are_counted_and_required(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'minProperties':1}", "{'a':1}", NULL},
        {"{'minProperties':1}", "{}", "|minProperties|/minProperties"},
        {"{'minProperties':1}", "[]", NULL},
        {"{'maxProperties':1}", "{'a':1}", NULL},
        {"{'maxProperties':1.0}", "{'a':1,'b':1}", "|maxProperties|/maxProperties"},
        {"{'required':['a','b/c']}", "{'a':null,'b/c':0}", NULL},
        {"{'required':['a','b/c']}", "{}", "/a|required|/required /b~1c|required|/required"},
        {"{'required':['a']}", "[]", NULL},
        {"{'required':['\\u0061']}", "{'a':1}", NULL},
        {"{'required':['toString']}", "{}", "/toString|required|/required"},
        {"{'required':[]}", "{}", NULL},
        {"{'items':{'required':['a']}}", "[{},{'a':1},{}]",
         "/0/a|required|/items/required /2/a|required|/items/required"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'required':['a']}", "{}", "this member is required");
}

static void members_ask_for_others(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'dependentRequired':{'a':['b','c']}}", "{'a':1,'b':1,'c':1}", NULL},
        {"{'dependentRequired':{'a':['b','c']}}", "{'x':1}", NULL},
        {"{'dependentRequired':{'a':[]}}", "{'a':1}", NULL},
        {"{'dependentRequired':{'a':['b','c']}}", "{'a':1}",
         "/b|dependentRequired|/dependentRequired /c|dependentRequired|/dependentRequired"},
        {"{'dependentSchemas':{'a':{'minProperties':2}}}", "{'a':1}",
         "|minProperties|/dependentSchemas/a/minProperties"},
        {"{'dependentSchemas':{'a':false}}", "{'b':1}", NULL},
        {"{'dependentSchemas':{'a':false}}", "{'a':1}",
         "|dependentSchemas|/dependentSchemas/a"},
        {DRAFT_7 "'dependencies':{'a':['b'],'c':{'required':['d']},'e':false}}",
         "{'a':1,'c':1,'e':1}",
         "/b|dependencies|/dependencies /d|required|/dependencies/c/required "
         "|dependencies|/dependencies/e"},
        {DRAFT_7 "'dependencies':{'a':['b'],'c':{'required':['d']}}}",
         "{'a':1,'b':1}", NULL},
        {DRAFT_2020 "'dependencies':{'a':['b']}}", "{'a':1}",
         "/b|dependencies|/dependencies"},
        {DRAFT_7 "'dependentRequired':{'a':['b']},'dependentSchemas':{'a':false}}",
         "{'a':1}", NULL},
        {"{'dependentRequired':{'a':['b']}}", "'a'", NULL},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'dependentRequired':{'a':['b']}}", "{'a':1}",
                                "this member is required beside a");
}

static void everything_is_listed_at_once(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'type':'object','required':['id'],'properties':{"
         "'lines':{'type':'array','minItems':3,'items':{'type':'object',"
         "'required':['sku'],'properties':{'qty':{'type':'integer','minimum':1},"
         "'sku':{'pattern':'^[A-Z]{3}-\\\\d+$'}}}},"
         "'mail':{'type':'string'}},'additionalProperties':false}",
         "{'lines':[{'sku':'abc-1','qty':0},{'qty':0.5}],'mail':null,'x':1}",
         "/id|required|/required /lines|minItems|/properties/lines/minItems "
         "/lines/0/sku|pattern|/properties/lines/items/properties/sku/pattern "
         "/lines/0/qty|minimum|/properties/lines/items/properties/qty/minimum "
         "/lines/1/sku|required|/properties/lines/items/required "
         "/lines/1/qty|type|/properties/lines/items/properties/qty/type "
         "/lines/1/qty|minimum|/properties/lines/items/properties/qty/minimum "
         "/mail|type|/properties/mail/type /x|additionalProperties|/additionalProperties"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_judged_by_name),
        cmocka_unit_test(names_are_judged_too),
        cmocka_unit_test(members_are_counted_and_required),
        cmocka_unit_test(members_ask_for_others),
        cmocka_unit_test(everything_is_listed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
