#include "schema_bench.h"

static void all_must_fit(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'allOf':[{'minimum':2},{'maximum':4}]}", "3", NULL},
        {"{'allOf':[{'minimum':2},{'multipleOf':2},true]}", "1",
         "|minimum|/allOf/0/minimum |multipleOf|/allOf/1/multipleOf"},
        {"{'allOf':[true,false]}", "1", "|allOf|/allOf/1"},
        {"{'type':'string','allOf':[{'type':'string'}]}", "1",
         "|type|/type |type|/allOf/0/type"},
        {DRAFT_7 "'allOf':[{'minimum':2},{'maximum':4}]}", "1", "|minimum|/allOf/0/minimum"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void any_or_one_must_fit(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'anyOf':[{'type':'integer'},{'minimum':2}]}", "1", NULL},
        {"{'anyOf':[{'type':'integer'},{'minimum':2}]}", "3", NULL},
        {"{'anyOf':[{'type':'integer'},{'minimum':2}]}", "1.5", "|anyOf|/anyOf"},
        {"{'anyOf':[false,true]}", "1", NULL},
        {"{'anyOf':[false,false]}", "1", "|anyOf|/anyOf"},
        {"{'properties':{'a':{'anyOf':[{'type':'null'}]}}}", "{'a':1}",
         "/a|anyOf|/properties/a/anyOf"},
        {"{'oneOf':[{'type':'integer'},{'minimum':2}]}", "1", NULL},
        {"{'oneOf':[{'type':'integer'},{'minimum':2}]}", "3", "|oneOf|/oneOf"},
        {"{'oneOf':[{'type':'integer'},{'minimum':2}]}", "1.5", "|oneOf|/oneOf"},
        {"{'oneOf':[true,true,true]}", "1", "|oneOf|/oneOf"},
        {"{'oneOf':[true,false,false]}", "1", NULL},
        {"{'anyOf':[{'oneOf':[true,true]},{'not':true}]}", "1", "|anyOf|/anyOf"},
        {DRAFT_7 "'anyOf':[{'required':['a']},{'required':['b']}]}", "{}",
         "|anyOf|/anyOf"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message(
        "{'anyOf':[{'type':'string'},{'properties':{'k':{'const':1}}}]}", "{'k':2}",
        "this fits none of anyOf; number 1 comes nearest, but for const at \"/k\"");
    schema_bench_expect_message("{'oneOf':[true,false,true]}", "1",
                                "this must fit just one of oneOf, and fits numbers 0 and 2");
}

static void not_is_the_opposite(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'not':{'type':'integer'}}", "'x'", NULL},
        {"{'not':{'type':'integer'}}", "1", "|not|/not"},
        {"{'not':{}}", "1", "|not|/not"},
        {"{'not':true}", "1", "|not|/not"},
        {"{'not':false}", "1", NULL},
        {"{'not':{'not':{'type':'integer'}}}", "1", NULL},
        {"{'not':{'not':{'type':'integer'}}}", "1.5", "|not|/not"},
        {"{'not':{'required':['a']}}", "{'a':1}", "|not|/not"},
        {"{'not':{'properties':{'a':{'type':'string'}}}}", "{'a':1}", NULL},
        {DRAFT_7 "'not':{'const':1}}", "1.0", "|not|/not"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void if_chooses(void **state)
{
    (void)state;
    static const char schema[] =
        "{'if':{'properties':{'k':{'const':'card'}},'required':['k']},"
        "'then':{'required':['number']},'else':{'required':['iban']}}";
    static const schema_case_t cases[] = {
        {schema, "{'k':'card','number':1}", NULL},
        {schema, "{'k':'card'}", "/number|required|/then/required"},
        {schema, "{'k':'cash'}", "/iban|required|/else/required"},
        {schema, "{'iban':1}", NULL},
        {"{'if':false,'then':false}", "1", NULL},
        {"{'if':true,'then':false}", "1", "|then|/then"},
        {"{'if':true,'else':false}", "1", NULL},
        {"{'if':false}", "1", NULL},
        {"{'then':false,'else':false}", "1", NULL},
        {DRAFT_7 "'if':{'minimum':5},'then':{'multipleOf':5},'else':{'maximum':3}}",
         "4", "|maximum|/else/maximum"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_must_fit),
        cmocka_unit_test(any_or_one_must_fit),
        cmocka_unit_test(not_is_the_opposite),
        cmocka_unit_test(if_chooses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
