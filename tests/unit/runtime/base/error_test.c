#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/base/error.h"
#include "runtime/base/memory.h"

static void every_error_has_its_own_word_and_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < TMESH_ERR_COUNT; i++) {
        const char *word = tmesh_err_word((tmesh_err_t)i);
        assert_true(strlen(word) > 0);
        assert_true(strlen(tmesh_err_sentence((tmesh_err_t)i)) > 0);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(word, tmesh_err_word((tmesh_err_t)j));
        }
    }
    assert_int_equal(TMESH_OK, 0);
    assert_string_equal(tmesh_err_word((tmesh_err_t)TMESH_ERR_COUNT), "unknown");
}

static void only_passing_troubles_may_be_retried(void **state)
{
    (void)state;
    assert_true(tmesh_err_may_retry(TMESH_ERR_BUSY));
    assert_true(tmesh_err_may_retry(TMESH_ERR_SERIALIZATION));
    assert_false(tmesh_err_may_retry(TMESH_OK));
    assert_false(tmesh_err_may_retry(TMESH_ERR_INVALID));
    assert_false(tmesh_err_may_retry(TMESH_ERR_FATAL));
    assert_false(tmesh_err_may_retry((tmesh_err_t)TMESH_ERR_COUNT));
}

static void a_fault_tells_which_rule_and_where(void **state)
{
    (void)state;
    tmesh_auto(tmesh_fault) fault =
        tmesh_fault_new(TMESH_ERR_INVALID, "too_deep", "/context/a", "deeper than %d", 10);
    assert_int_equal(fault->err, TMESH_ERR_INVALID);
    assert_string_equal(fault->code, "too_deep");
    assert_string_equal(fault->where, "/context/a");
    assert_string_equal(fault->message, "deeper than 10");
    assert_null(fault->details);
}

static void a_copy_is_its_own(void **state)
{
    (void)state;
    tmesh_fault_t *fault = tmesh_fault_new(TMESH_ERR_CONFLICT, "duplicate_task", NULL, "twice");
    tmesh_fault_set_details(fault, "{\"a\":1}");
    tmesh_fault_set_details(fault, "{\"a\":2}");
    tmesh_auto(tmesh_fault) copy = tmesh_fault_copy(fault);
    tmesh_fault_destroy(&fault);
    assert_null(fault);
    assert_string_equal(copy->where, "");
    assert_string_equal(copy->details, "{\"a\":2}");
    assert_null(tmesh_fault_copy(NULL));
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    tmesh_auto(tmesh_fault) fault = tmesh_fault_new(TMESH_ERR_INVALID, text, text, "%s", text);
    assert_int_equal(strlen(fault->code), sizeof fault->code - 1);
    assert_int_equal(strlen(fault->where), sizeof fault->where - 1);
    assert_int_equal(strlen(fault->message), sizeof fault->message - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_own_word_and_a_sentence),
        cmocka_unit_test(only_passing_troubles_may_be_retried),
        cmocka_unit_test(a_fault_tells_which_rule_and_where),
        cmocka_unit_test(a_copy_is_its_own),
        cmocka_unit_test(long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
