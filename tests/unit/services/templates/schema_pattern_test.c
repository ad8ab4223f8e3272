#include "schema_bench.h"
#include "services/templates/schema_pattern.h"

static tmesh_schema_pattern_answer_t search(const char *pattern, const char *text,
                                            uint64_t *steps_left)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_auto(tmesh_buffer) why = tmesh_buffer_new();
    const tmesh_schema_pattern_t *compiled =
        tmesh_schema_pattern_new(tmesh_bytes_of_text(pattern), arena, why);
    if (!compiled) print_error("%s: %s\n", pattern, tmesh_buffer_text(why));
    assert_non_null(compiled);
    return tmesh_schema_pattern_search(compiled, tmesh_bytes_of_text(text), steps_left);
}

static void expect(const char *pattern, const char *text, bool is_found)
{
    uint64_t steps_left = 100000;
    tmesh_schema_pattern_answer_t answer = search(pattern, text, &steps_left);
    if (answer != (is_found ? TMESH_SCHEMA_PATTERN_FOUND : TMESH_SCHEMA_PATTERN_ABSENT)) {
        print_error("%s in %s\n", pattern, text);
    }
    assert_int_equal(answer, is_found ? TMESH_SCHEMA_PATTERN_FOUND : TMESH_SCHEMA_PATTERN_ABSENT);
}

static void patterns_mean_what_ecma_says(void **state)
{
    (void)state;
    expect("b", "abc", true); // not anchored
    expect("^b", "abc", false);
    expect("c$", "abc\n", false);
    expect("^abc$", "abc", true);
    expect("", "", true);
    expect("^\\d+$", "0123", true);
    expect("^\\d$", "\xd9\xa3", false); // an Arabic digit
    expect("^\\w$", "\xc3\xa9", false);
    expect("^\\W$", "\xc3\xa9", true);
    expect("^\\s$", "\xc2\xa0", true); // no-break space
    expect("^\\s$", "\xef\xbb\xbf", true);
    expect("^\\s$", "\xc2\x85", false); // next line, a space for Perl
    expect("^\\S$", "\xe3\x80\x80", false); // ideographic space
    expect("^[\\S]$", "\xc2\xa0", false);
    expect("^[^\\S]$", "\xe2\x80\xa8", true);
    expect("^[\\s-x]+$", " -x", true);
    expect("^[\\w-]+$", "a-b", true);
    expect("^[\\w-.]+$", "a-b.c", true);
    expect("^[a-\\d]$", "-", true);
    expect("^.$", "\xf0\x9f\x98\x80", true);
    expect("^.$", "\n", false);
    expect("^.$", "\r", false);
    expect("^.$", "\xe2\x80\xa8", false); // line separator
    expect("^.$", "\x0b", true);
    expect("^\\v$", "\x0b", true);
    expect("^\\v$", "\n", false); // PCRE2's own \v would find it
    expect("^[.]$", "x", false);
    expect("^[[:alpha:]]$", "a]", true);
    expect("^[[:alpha:]]$", "z", false);
    expect("^[]$", "", false);
    expect("^[^]$", "\n", true);
    expect("^\\u00e9\\xE9\\u{e9}$", "\xc3\xa9\xc3\xa9\xc3\xa9", true);
    expect("^\\ud83d\\ude00$", "\xf0\x9f\x98\x80", true);
    expect("^[\\ud83d\\ude00-\\ud83d\\ude02]$", "\xf0\x9f\x98\x81", true);
    expect("^\\u{1F600}$", "\xf0\x9f\x98\x80", true);
    expect("^\\cI\\t$", "\t\t", true);
    expect("^\\/\\-\\.\\$\\@\\_$", "/-.$@_", true);
    expect("^\\p{Letter}\\p{Lu}\\p{gc=Nd}\\P{L}$", "\xc3\xa9\xc3\x89\xd9\xa3-", true);
    expect("^\\p{Script=Greek}$", "\xce\xb1", true);
    expect("^[\\p{L}\\p{digit}]+$", "\xc3\xa9\xd9\xa3", true);
    expect("^(a)?\\1b$", "b", true); // a group that took no part is empty
    expect("^(?<x>a)\\k<x>$", "aa", true);
    expect("^(?i)\xc3\x89$", "\xc3\xa9", true);
    expect("^(?:a|ab)(?=c)(?!d)(?<=b)c$", "abc", true);
    expect("a{,3}", "a{,3}", true);
    expect("^a{2,3}?$", "aaa", true);
}

static void lone_surrogates_are_characters(void **state)
{
    (void)state;
    static const schema_case_t cases[] = {
        {"{'pattern':'^.$'}", "'\\ud800'", NULL},
        {"{'pattern':'^\\\\ud800$'}", "'\\ud800'", NULL},
        {"{'pattern':'^\\ud800$'}", "'\\ud800'", NULL},
        {"{'pattern':'^[\\ud800-\\udbff]{2}$'}", "'\\ud801\\ud802'", NULL},
        {"{'pattern':'^\\\\ud800$'}", "'\\ud801'", "|pattern|/pattern"},
        {"{'pattern':'\\\\ud83d'}", "'\\ud83d\\ude00'", "|pattern|/pattern"},
        {"{'pattern':'^a\\\\u0000\\u0000b$'}", "'a\\u0000\\u0000b'", NULL},
        {"{'pattern':'^a\\\\0b$'}", "'a\\u0000b'", NULL},
        {"{'pattern':'^a'}", "1", NULL},
        {"{'patternProperties':{'^\\ud800':false}}", "{'\\ud800x':1}",
         "/\xef\xbf\xbdx|patternProperties|/patternProperties/^\xef\xbf\xbd"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

static void what_is_no_pattern_is_refused(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "(", ")", "[a", "*", "a**", "a{2,1}", "[b-a]", "\\", "(?", "(?<", "(?<n>a)(?<n>b)",
        "\\u12", "\\u{}", "\\u{110000}", "\\u{1", "\\x1", "\\c1", "\\p", "\\pL", "\\p{Nope}",
        "\\p{", "\\k", "\\k<no>", "\\1", "(a)\\2", "\\01", "[\\1]", "\\a", "\\e", "\\z", "\\A",
        "\\Q.\\E", "\\G", "\\K", "\\C", "\\h", "\\R", "\\X", "\\N", "[\\B]", "(*UTF8)",
        "(*ACCEPT)", "a(*COMMIT)b", "(?R)", "(a)(?1)", "(?#c)", "(?C1)", "(?s).", "(?x)", "(?|a)",
        "(?&x)", "(?(1)a)", "(?P=x)", "(?<=a*)b", "(((a{1,1000}){1,1000}){1,1000})"};
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    for (size_t i = 0; i < TMESH_COUNT_OF(patterns); i++) {
        tmesh_auto(tmesh_buffer) why = tmesh_buffer_new();
        if (tmesh_schema_pattern_new(tmesh_bytes_of_text(patterns[i]), arena, why)) {
            print_error("%s\n", patterns[i]);
            fail();
        }
        assert_true(why->size > 0);
    }
}

static void every_step_of_a_search_is_paid_for(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*[bc]", "(?=(a+))\\1+[cd]", "^(([a-z])+.)+[A-Z]$",
        "(.*)*\\d", "((a?){30}){30}[bc]", "[a-z]+\\d", "(a*)*\\1[bc]", "(?:(?:a+)+)+\\d"};
    char text[5001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 2] = '!';
    text[sizeof text - 1] = 0;
    for (size_t i = 0; i < TMESH_COUNT_OF(patterns); i++) {
        uint64_t steps_left = 50000;
        uint64_t again = 50000;
        if (search(patterns[i], text, &steps_left) != TMESH_SCHEMA_PATTERN_TOO_LONG) {
            print_error("%s took %d steps\n", patterns[i], (int)(50000 - steps_left));
            fail();
        }
        (void)search(patterns[i], text, &again);
        assert_int_equal(steps_left, 0);
        assert_int_equal(again, 0);
    }
    uint64_t steps_left = 50000;
    assert_int_equal(search("^a+!$", text, &steps_left), TMESH_SCHEMA_PATTERN_FOUND);
    assert_true(steps_left < 50000 && steps_left > 45000);
}

static void a_hostile_text_is_a_violation_of_its_own_kind(void **state)
{
    (void)state;
    static const char evil[] = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'";
    static const schema_case_t cases[] = {
        {"{'pattern':'^(a+)+$'}", evil, "|pattern|/pattern|pattern_limit"},
        {"{'not':{'pattern':'^(a+)+$'}}", evil, "|pattern|/not/pattern|pattern_limit"},
        {"{'anyOf':[{'pattern':'^(a+)+$'},true]}", evil,
         "|pattern|/anyOf/0/pattern|pattern_limit"},
        {"{'patternProperties':{'^(a+)+$':true}}",
         "{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!':1}",
         "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!|patternProperties|/patternProperties"
         "|pattern_limit"},
    };
    SCHEMA_BENCH_CHECK(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_mean_what_ecma_says),
        cmocka_unit_test(lone_surrogates_are_characters),
        cmocka_unit_test(what_is_no_pattern_is_refused),
        cmocka_unit_test(every_step_of_a_search_is_paid_for),
        cmocka_unit_test(a_hostile_text_is_a_violation_of_its_own_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
