#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/base/log.h"
#include "runtime/base/memory.h"

// What the log writes, in memory.
typedef struct {
    FILE *stream;
    char *text;
    size_t size;
} page_t;

static void open_page(page_t *page)
{
    *page = (page_t){0};
    page->stream = open_memstream(&page->text, &page->size);
    assert_non_null(page->stream);
}

static void close_page(page_t *page)
{
    fclose(page->stream);
    free(page->text);
}

static void a_line_has_time_level_event_and_text(void **state)
{
    (void)state;
    page_t page;
    open_page(&page);
    tmesh_auto(tmesh_log) log = tmesh_log_new(page.stream, TMESH_LOG_INFO, false);
    tmesh_log_info(log, "task.finalized", "task=%d state=%s", 7, "complete");
    // 2026-11-22T10:00:00.123Z
    assert_int_equal(page.text[10], 'T');
    assert_int_equal(page.text[23], 'Z');
    assert_string_equal(page.text + 24, " info    task.finalized task=7 state=complete\n");
    close_page(&page);
}

static void what_is_below_the_level_is_left_out(void **state)
{
    (void)state;
    page_t page;
    open_page(&page);
    tmesh_auto(tmesh_log) log = tmesh_log_new(page.stream, TMESH_LOG_WARNING, false);
    tmesh_log_debug(log, "a", "%s", "");
    tmesh_log_info(log, "b", "%s", "");
    assert_int_equal(page.size, 0);
    tmesh_log_warning(log, "c", "%s", "");
    tmesh_log_error(log, "d", "%s", "");
    assert_non_null(strstr(page.text, " warning c "));
    assert_non_null(strstr(page.text, " error   d "));
    tmesh_log_info(NULL, "nobody", "%s", "hears this");
    close_page(&page);
}

static void off_is_silent(void **state)
{
    (void)state;
    page_t page;
    open_page(&page);
    tmesh_auto(tmesh_log) log = tmesh_log_new(page.stream, TMESH_LOG_OFF, false);
    tmesh_log_error(log, "a", "%s", "");
    fflush(page.stream);
    assert_int_equal(page.size, 0);
    close_page(&page);
}

static void json_lines_are_escaped(void **state)
{
    (void)state;
    page_t page;
    open_page(&page);
    tmesh_auto(tmesh_log) log = tmesh_log_new(page.stream, TMESH_LOG_DEBUG, true);
    tmesh_log_error(log, "step.failed", "why=%s", "a \"quoted\\\"\nline");
    assert_non_null(strstr(page.text, "\"level\":\"error\",\"event\":\"step.failed\","));
    assert_non_null(strstr(page.text, "\"text\":\"why=a \\\"quoted\\\\\\\"\\u000aline\"}\n"));
    assert_ptr_equal(strchr(page.text, '\n'), page.text + page.size - 1);
    close_page(&page);
}

static void an_event_is_one_line_whatever_it_says(void **state)
{
    (void)state;
    page_t page;
    open_page(&page);
    tmesh_auto(tmesh_log) log = tmesh_log_new(page.stream, TMESH_LOG_DEBUG, false);
    tmesh_log_error(log, "step.failed", "why=%s", "two\nlines, \xc3\xa9 and \xff");
    assert_non_null(strstr(page.text, "why=two\\x0alines, \xc3\xa9 and ?\n"));
    assert_ptr_equal(strchr(page.text, '\n'), page.text + page.size - 1);
    close_page(&page);
}

static void words_are_levels(void **state)
{
    (void)state;
    static const char *const words[] = {"debug", "info", "warning", "error", "off"};
    for (size_t i = 0; i < TMESH_COUNT_OF(words); i++) {
        tmesh_log_level_t level = TMESH_LOG_OFF;
        assert_true(tmesh_log_level_parse(words[i], &level));
        assert_int_equal(level, i);
    }
    tmesh_log_level_t untouched = TMESH_LOG_ERROR;
    assert_false(tmesh_log_level_parse("verbose", &untouched));
    assert_int_equal(untouched, TMESH_LOG_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_event_and_text),
        cmocka_unit_test(what_is_below_the_level_is_left_out),
        cmocka_unit_test(off_is_silent),
        cmocka_unit_test(json_lines_are_escaped),
        cmocka_unit_test(an_event_is_one_line_whatever_it_says),
        cmocka_unit_test(words_are_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
