#include "schema_bench.h"

// type, enum, const, numbers and strings: the same in both drafts.

static void types_are_told_apart(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'type':'null'}", "null", NULL},
        {"{'type':'null'}", "false", "|type|/type"},
        {"{'type':'boolean'}", "true", NULL},
        {"{'type':'boolean'}", "'true'", "|type|/type"},
        {"{'type':'integer'}", "-3", NULL},
        {"{'type':'integer'}", "1.0", NULL},
        {"{'type':'integer'}", "1.50e1", NULL},
        {"{'type':'integer'}", "100e-2", NULL},
        {"{'type':'integer'}", "0.0e-5", NULL},
        {"{'type':'integer'}", "1e400", NULL},
        {"{'type':'integer'}", "1.5", "|type|/type"},
        {"{'type':'integer'}", "1e-400", "|type|/type"},
        {"{'type':'number'}", "1.5", NULL},
        {"{'type':'number'}", "1", NULL},
        {"{'type':'number'}", "'1'", "|type|/type"},
        {"{'type':'string'}", "''", NULL},
        {"{'type':'string'}", "1", "|type|/type"},
        {"{'type':'array'}", "[]", NULL},
        {"{'type':'array'}", "{}", "|type|/type"},
        {"{'type':'object'}", "{}", NULL},
        {"{'type':'object'}", "[]", "|type|/type"},
        {"{'type':['string','null']}", "null", NULL},
        {"{'type':['string','null']}", "1", "|type|/type"},
        {DRAFT_7 "'type':'integer'}", "1.0", NULL},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'type':['string','null']}", "1.5",
                                "this must be of type null or string, not a number with a "
                                "fraction");
}

static void equality_is_that_of_values(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'const':1}", "1.0", NULL},
        {"{'const':1}", "10e-1", NULL},
        {"{'const':0}", "-0.0", NULL},
        {"{'const':0}", "false", "|const|/const"},
        {"{'const':1}", "true", "|const|/const"},
        {"{'const':null}", "null", NULL},
        {"{'const':null}", "0", "|const|/const"},
        {"{'const':{'a':1,'b':[2]}}", "{'b':[2.0],'a':1}", NULL},
        {"{'const':{'a':1}}", "{'a':1,'b':2}", "|const|/const"},
        {"{'const':[1,2]}", "[2,1]", "|const|/const"},
        {"{'const':'\\u00e9'}", "'\xc3\xa9'", NULL},
        {"{'const':'\\ud83d\\ude00'}", "'\xf0\x9f\x98\x80'", NULL},
        {"{'const':'\\ud800'}", "'\\ud800'", NULL},
        {"{'const':'\\ud800'}", "'\\ud801'", "|const|/const"},
        {"{'const':'\\ud800'}", "'\\ufffd'", "|const|/const"},
        {"{'const':'a\\u0000b'}", "'a\\u0000b'", NULL},
        {"{'const':'a\\u0000b'}", "'a\\u0000c'", "|const|/const"},
        {"{'const':{'\\u0061':0}}", "{'a':0}", NULL},
        {"{'enum':[1,'x',null,[],{}]}", "1.00", NULL},
        {"{'enum':[1,'x',null,[],{}]}", "{}", NULL},
        {"{'enum':[1,'x',null,[],{}]}", "'y'", "|enum|/enum"},
        {"{'enum':[1,'x',null,[],{}]}", "[{}]", "|enum|/enum"},
        {"{'enum':[]}", "1", "|enum|/enum"},
        {"{'enum':[123456789012345678901234567890]}", "123456789012345678901234567890.0", NULL},
        {"{'enum':[123456789012345678901234567890]}", "123456789012345678901234567891",
         "|enum|/enum"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'enum':[1,'x']}", "2", "this must be one of [1,\"x\"]");
}

static void bounds_are_exact(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'minimum':3}", "3", NULL},
        {"{'minimum':3}", "2.999999999999999999999999", "|minimum|/minimum"},
        {"{'minimum':3}", "'2'", NULL},
        {"{'minimum':-2.5}", "-2.50", NULL},
        {"{'minimum':-2.5}", "-2.51", "|minimum|/minimum"},
        {"{'maximum':3}", "3.0", NULL},
        {"{'maximum':3}", "3.000000000000000000000001", "|maximum|/maximum"},
        {"{'maximum':100}", "1e2", NULL},
        {"{'exclusiveMinimum':0}", "1e-400", NULL},
        {"{'exclusiveMinimum':0}", "-0", "|exclusiveMinimum|/exclusiveMinimum"},
        {"{'exclusiveMaximum':1e400}", "1e399", NULL},
        {"{'exclusiveMaximum':1e400}", "10e399", "|exclusiveMaximum|/exclusiveMaximum"},
        {"{'maximum':123456789012345678901234567890}", "123456789012345678901234567890", NULL},
        {"{'maximum':123456789012345678901234567890}", "123456789012345678901234567891",
         "|maximum|/maximum"},
        {"{'maximum':1e99999999999999999999}", "1e99999999999999", NULL},
        {"{'minimum':0}", "-1e-99999999999999999999999999999", "|minimum|/minimum"},
        {"{'multipleOf':0.1}", "1e-999999999999999999", "|multipleOf|/multipleOf"},
        {"{'minimum':1,'maximum':0}", "0.5", "|minimum|/minimum |maximum|/maximum"},
        {DRAFT_7 "'exclusiveMinimum':1}", "1", "|exclusiveMinimum|/exclusiveMinimum"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'minimum':3}", "2.50", "this must be at least 3, and is 2.50");
}

static void multiples_are_exact(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'multipleOf':0.01}", "0.1", NULL},
        {"{'multipleOf':0.01}", "19.99", NULL},
        {"{'multipleOf':0.01}", "0.015", "|multipleOf|/multipleOf"},
        {"{'multipleOf':0.0001}", "0.0075", NULL},
        {"{'multipleOf':0.0001}", "0.00751", "|multipleOf|/multipleOf"},
        {"{'multipleOf':2}", "-4", NULL},
        {"{'multipleOf':2}", "0", NULL},
        {"{'multipleOf':2}", "3", "|multipleOf|/multipleOf"},
        {"{'multipleOf':1.5}", "4.5", NULL},
        {"{'multipleOf':20}", "60", NULL},
        {"{'multipleOf':20}", "30", "|multipleOf|/multipleOf"},
        {"{'multipleOf':0.5}", "1e308", NULL},
        {"{'multipleOf':1e-8}", "12391239123", NULL},
        {"{'multipleOf':3}", "1e1000000000", "|multipleOf|/multipleOf"},
        {"{'multipleOf':1024}", "1e1000000000", NULL},
        {"{'multipleOf':0.123456789}", "1e308", "|multipleOf|/multipleOf"},
        {"{'multipleOf':1234567890123456789012345678901234567}",
         "2469135780246913578024691357802469134", NULL},
        {"{'multipleOf':1234567890123456789012345678901234567}",
         "2469135780246913578024691357802469135", "|multipleOf|/multipleOf"},
        {"{'multipleOf':7}", "123456789012345678901234567890", NULL},
        {"{'multipleOf':7}", "123456789012345678901234567891", "|multipleOf|/multipleOf"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void lengths_count_characters(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'minLength':2}", "'ab'", NULL},
        {"{'minLength':2}", "'a'", "|minLength|/minLength"},
        {"{'minLength':2}", "[]", NULL},
        {"{'maxLength':2.0}", "'ab'", NULL},
        {"{'maxLength':2}", "'abc'", "|maxLength|/maxLength"},
        {"{'maxLength':1}", "'\xf0\x9f\x98\x80'", NULL},
        {"{'maxLength':1}", "'\\ud83d\\ude00'", NULL},
        {"{'maxLength':1}", "'\\ude00'", NULL},
        {"{'minLength':2}", "'\\ude00\\ud83d'", NULL},
        {"{'minLength':2}", "'\\ud83d\\ude00'", "|minLength|/minLength"},
        {"{'maxLength':2}", "'\\u0000\\u0000\\n'", "|maxLength|/maxLength"},
        {"{'minLength':0}", "''", NULL},
        {"{'maxLength':1e400}", "'abc'", NULL},
        {"{'minLength':1e1}", "'123456789'", "|minLength|/minLength"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("{'minLength':3}", "'\xc3\xa9'",
                                "this must have at least 3 characters, and has 1");
}

static void annotations_have_no_effect(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {DRAFT_2020 "'$id':'http://x/y','$comment':'c','title':'t','description':"
                    "'d','default':1,'examples':[2],'deprecated':true,'readOnly':true,"
                    "'writeOnly':true,'contentEncoding':'base64','contentMediaType':"
                    "'text/plain','contentSchema':false,'format':'email'}",
         "'no address'", NULL},
        {DRAFT_7 "'format':'ipv4','contentEncoding':'base64'}", "'%'", NULL},
        {"true", "1", NULL},
        {"{}", "1", NULL},
        {"false", "1", "|false|"},
    };
    SCHEMA_BENCH_CHECK(cases);
    schema_bench_expect_message("false", "1", "this is not allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_told_apart),
        cmocka_unit_test(equality_is_that_of_values),
        cmocka_unit_test(bounds_are_exact),
        cmocka_unit_test(multiples_are_exact),
        cmocka_unit_test(lengths_count_characters),
        cmocka_unit_test(annotations_have_no_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
