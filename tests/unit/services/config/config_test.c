// The conf file: every option in it, with its default; and what is wrong with a line.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/config/config.h"
#include "services/config/table.h"

static tmesh_err_t parse(tmesh_config_t *config, const char *text, tmesh_fault_t **fault_p)
{
    return tmesh_config_parse(config, "test.conf", tmesh_bytes_of_text(text), fault_p);
}

static void the_conf_file_lists_every_option_with_its_default(void **state)
{
    (void)state;
    tmesh_auto(tmesh_config) config = tmesh_config_new();
    tmesh_auto(tmesh_buffer) expected = tmesh_buffer_new();
    tmesh_config_write(config, expected);
    FILE *file = fopen(TMESH_SOURCE_DIR "/conf/taskmesh.conf", "r");
    assert_non_null(file);
    char text[65536];
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    assert_string_equal(text, tmesh_buffer_text(expected));
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_config_load(config, TMESH_SOURCE_DIR "/conf/taskmesh.conf", &fault),
                     TMESH_OK);
    assert_int_equal(tmesh_config_check(config, &fault), TMESH_OK);
}

static void defaults_keep_their_own_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < tmesh_config_option_count; i++) {
        const tmesh_config_option_t *option = &tmesh_config_options[i];
        assert_true(strlen(option->why) > 0 && !strchr(option->why, '\n'));
        if (option->kind == TMESH_CONFIG_NUMBER) {
            assert_true(option->number >= option->smallest && option->number <= option->largest);
        }
        if (option->kind == TMESH_CONFIG_WORD) {
            assert_true(tmesh_config_is_word(option, option->text));
            assert_false(tmesh_config_is_word(option, ""));
            assert_false(tmesh_config_is_word(option, "inf"));
        }
        if (option->name) assert_ptr_equal(tmesh_config_find(option->name), option);
    }
}

static void values_comments_and_spaces(void **state)
{
    (void)state;
    tmesh_auto(tmesh_config) config = tmesh_config_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    const char *text = "# a comment\n\n  heartbeat_ms=500   # quick\n"
                       "store = sqlite:/tmp/a#b.db\nlog_format = json\r\n"
                       "allow_insecure_bind = true\nlost_after_ms = 2000";
    assert_int_equal(parse(config, text, &fault), TMESH_OK);
    assert_int_equal(config->heartbeat_ms, 500);
    assert_string_equal(config->store, "sqlite:/tmp/a#b.db");
    assert_string_equal(config->log_format, "json");
    assert_true(config->allow_insecure_bind);
    assert_int_equal(config->lost_after_ms, 2000);
    assert_int_equal(tmesh_config_set(config, "--set", "heartbeat_ms", "700", &fault), TMESH_OK);
    assert_int_equal(config->heartbeat_ms, 700);
    tmesh_auto(tmesh_buffer) value = tmesh_buffer_new();
    assert_true(tmesh_config_write_value(config, "heartbeat_ms", value));
    assert_string_equal(tmesh_buffer_text(value), "700");
    assert_false(tmesh_config_write_value(config, "heartbaet_ms", value));
}

static void assert_refused(const char *text, const char *code, const char *where,
                           const char *message)
{
    tmesh_auto(tmesh_config) config = tmesh_config_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(parse(config, text, &fault), TMESH_ERR_INVALID);
    assert_string_equal(fault->code, code);
    assert_string_equal(fault->where, where);
    if (!strstr(fault->message, message)) fail_msg("\"%s\" in: %s", message, fault->message);
}

static void refusals_name_the_line(void **state)
{
    (void)state;
    assert_refused("\nheartbaet_ms = 1", "unknown_option", "test.conf:2", "heartbeat_ms?");
    assert_refused("quite_something_else = 1", "unknown_option", "test.conf:1", "no option");
    assert_refused("heartbeat_ms = 500\n\nheartbeat_ms = 600", "duplicate_option", "test.conf:3",
                   "line 1");
    assert_refused("heartbeat_ms = 99", "bad_value", "test.conf:1", "from 100 to 60000");
    assert_refused("heartbeat_ms = 1s", "bad_value", "test.conf:1", "\"1s\"");
    assert_refused("heartbeat_ms =", "bad_value", "test.conf:1", "from 100");
    assert_refused("heartbeat_ms = 99999999999999999999", "bad_value", "test.conf:1", "from 100");
    assert_refused("log_level = loud", "bad_value", "test.conf:1", "debug|info");
    assert_refused("allow_insecure_bind = yes", "bad_value", "test.conf:1", "true or false");
    assert_refused("heartbeat_ms 500", "bad_line", "test.conf:1", "no `=`");
}

static void what_only_the_whole_can_tell(void **state)
{
    (void)state;
    tmesh_auto(tmesh_config) config = tmesh_config_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(parse(config, "heartbeat_ms = 2000", &fault), TMESH_OK);
    assert_int_equal(tmesh_config_check(config, &fault), TMESH_ERR_INVALID);
    assert_non_null(strstr(fault->message, "two heartbeat_ms"));
}

static void a_file_that_is_not_there(void **state)
{
    (void)state;
    tmesh_auto(tmesh_config) config = tmesh_config_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_config_load(config, "/nowhere/taskmesh.conf", &fault),
                     TMESH_ERR_NOT_FOUND);
    assert_string_equal(fault->where, "/nowhere/taskmesh.conf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_conf_file_lists_every_option_with_its_default),
        cmocka_unit_test(defaults_keep_their_own_bounds),
        cmocka_unit_test(values_comments_and_spaces),
        cmocka_unit_test(refusals_name_the_line),
        cmocka_unit_test(what_only_the_whole_can_tell),
        cmocka_unit_test(a_file_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
