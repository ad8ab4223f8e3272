// A runtime in two steps: its options before it begins, and the lines of its host among its own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "tests/unit/embed/runtime_bench.h"

enum { LINES_MAX = 256, LINE_BYTES = 512 };

typedef struct {
    int count;
    char lines[LINES_MAX][LINE_BYTES];
} lines_t;

// One at a time, so without a lock.
static void keep_line(void *context, const char *line)
{
    lines_t *lines = context;
    if (lines->count == LINES_MAX) return;
    snprintf(lines->lines[lines->count++], LINE_BYTES, "%s", line);
}

static int lines_with(const lines_t *lines, const char *text)
{
    int count = 0;
    for (int i = 0; i < lines->count; i++) count += strstr(lines->lines[i], text) != NULL;
    return count;
}

static void options_are_known_before_it_begins(void **state)
{
    (void)state;
    const tmesh_setting_t settings[] = {
        {"store", "postgresql://ann:secret@nowhere/shop"}, {"heartbeat_ms", "700"},
        {"retry_jitter", "false"}, {"bind", "ipc:///tmp/never-bound"}};
    const tmesh_runtime_options_t options = {.settings = settings, .setting_count = 4};
    tmesh_error_t error;
    tmesh_runtime_t *runtime = tmesh_runtime_prepare(&options, &error);
    assert_non_null(runtime);
    assert_string_equal(tmesh_runtime_option(runtime, "store"),
                        "postgresql://ann:***@nowhere/shop");
    assert_string_equal(tmesh_runtime_option(runtime, "heartbeat_ms"), "700");
    assert_string_equal(tmesh_runtime_option(runtime, "retry_jitter"), "false");
    assert_string_equal(tmesh_runtime_option(runtime, "bind"), "ipc:///tmp/never-bound");
    assert_string_equal(tmesh_runtime_option(runtime, "publish"), "");
    assert_string_equal(tmesh_runtime_option(runtime, "log_level"), "info");
    assert_true(strlen(tmesh_runtime_option(runtime, "node_name")) > 0);
    assert_null(tmesh_runtime_option(runtime, "heartbeat"));
    tmesh_runtime_close(&runtime);
    assert_null(runtime);
    assert_int_equal(access("/tmp/never-bound", F_OK), -1);
}

static void a_server_has_the_defaults_of_the_conf_file(void **state)
{
    (void)state;
    tmesh_runtime_options_t options = {.is_server = 1,
                                       .config_file = TMESH_SOURCE_DIR "/conf/taskmesh.conf"};
    for (int i = 0; i < 2; i++) { // the file says what is so without it
        tmesh_runtime_t *runtime = tmesh_runtime_prepare(&options, NULL);
        assert_string_equal(tmesh_runtime_option(runtime, "store"), "sqlite:taskmesh.db");
        assert_string_equal(tmesh_runtime_option(runtime, "bind"), "tcp://127.0.0.1:7717");
        assert_string_equal(tmesh_runtime_option(runtime, "publish"), "tcp://127.0.0.1:7718");
        tmesh_runtime_close(&runtime);
        options.config_file = NULL;
    }
}

static void wrong_options_and_a_failed_start_are_two_things(void **state)
{
    (void)state;
    static lines_t lines;
    tmesh_error_t error;
    tmesh_setting_t setting = {"publish", "udp://x"};
    const tmesh_runtime_options_t options = {.settings = &setting, .setting_count = 1,
                                             .on_log = keep_line, .context = &lines};
    assert_null(tmesh_runtime_prepare(&options, &error));
    assert_string_equal(error.code, "bad_endpoint");
    assert_string_equal(error.where, "publish");
    setting = (tmesh_setting_t){"store", "oracle:x"};
    tmesh_runtime_t *runtime = tmesh_runtime_prepare(&options, &error);
    assert_non_null(runtime);
    assert_int_equal(tmesh_runtime_start(runtime, &error), -1);
    assert_string_equal(error.code, "unknown_store");
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_ERROR, "host.gave_up", "code=unknown_store");
    tmesh_runtime_close(&runtime);
    assert_int_equal(lines_with(&lines, "error   host.gave_up code=unknown_store"), 1);
}

static void lines_of_the_host_obey_the_options_of_the_log(void **state)
{
    (void)state;
    static lines_t lines;
    const tmesh_setting_t settings[] = {{"log_level", "warning"}, {"log_format", "json"}};
    const tmesh_runtime_options_t options = {.settings = settings, .setting_count = 2,
                                             .on_log = keep_line, .context = &lines};
    tmesh_runtime_t *runtime = tmesh_runtime_prepare(&options, NULL);
    assert_int_equal(tmesh_runtime_start(runtime, NULL), 0);
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_DEBUG, "host.a", "");
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_INFO, "host.b", "");
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_WARNING, "host.c", "two\nlines 100%s");
    tmesh_runtime_close(&runtime);
    assert_int_equal(lines_with(&lines, "\"host."), 1);
    assert_int_equal(lines_with(&lines, "\"level\":\"info\""), 0);
    assert_int_equal(lines_with(&lines, "\"level\":\"warning\",\"event\":\"host.c\",\"text\":"
                                        "\"two\\u000alines 100%s\"}"), 1);
    runtime = open_runtime(NULL);
    tmesh_runtime_log(runtime, TMESH_RUNTIME_LOG_ERROR, "host.d", "goes nowhere");
    tmesh_runtime_close(&runtime);
}

static void *talk(void *argument)
{
    for (int i = 0; i < LINES_MAX / 4; i++) {
        tmesh_runtime_log(argument, TMESH_RUNTIME_LOG_ERROR, "host.line", "of a thread");
    }
    return NULL;
}

static void each_line_comes_alone(void **state)
{
    (void)state;
    static lines_t lines;
    const tmesh_runtime_options_t options = {.on_log = keep_line, .context = &lines};
    tmesh_runtime_t *runtime = tmesh_runtime_prepare(&options, NULL);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, talk, runtime);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    tmesh_runtime_close(&runtime);
    assert_int_equal(lines.count, LINES_MAX);
    assert_int_equal(lines_with(&lines, "\n"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_known_before_it_begins),
        cmocka_unit_test(a_server_has_the_defaults_of_the_conf_file),
        cmocka_unit_test(wrong_options_and_a_failed_start_are_two_things),
        cmocka_unit_test(lines_of_the_host_obey_the_options_of_the_log),
        cmocka_unit_test(each_line_comes_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
