#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "services/templates/files.h"

#define GOOD                                                                                       \
    "name: t\nnamespace_name: n\nversion: 1.0.0\n"                                                 \
    "steps: [{name: a, handler: {callable: f}}]\n"

// A fresh folder, gone after the test, and what was found in it: "path code\n" in order.
typedef struct {
    char folder[64];
    tmesh_buffer_t *found;
    tmesh_definition_t *kept;
} fixture_t;

static int set_up(void **state)
{
    fixture_t *self = tmesh_alloc(sizeof *self);
    snprintf(self->folder, sizeof self->folder, "/tmp/taskmesh_files_XXXXXX");
    if (!mkdtemp(self->folder)) return -1;
    self->found = tmesh_buffer_new();
    *state = self;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

static int tear_down(void **state)
{
    fixture_t *self = *state;
    tmesh_buffer_destroy(&self->found);
    tmesh_definition_destroy(&self->kept);
    int failed = nftw(self->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    tmesh_free(self);
    return failed;
}

static void put(const fixture_t *self, const char *name, const char *text)
{
    tmesh_auto_free char *path = tmesh_printf("%s/%s", self->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void put_folder(const fixture_t *self, const char *name)
{
    tmesh_auto_free char *path = tmesh_printf("%s/%s", self->folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void note(void *receiver, const char *file, tmesh_definition_t **definition_p,
                 tmesh_template_report_t *report)
{
    fixture_t *self = receiver;
    assert_string_equal(report->file, file);
    assert_int_equal(*definition_p == NULL, report->error_count > 0);
    const char *name = strncmp(file, self->folder, strlen(self->folder)) == 0
                           ? file + strlen(self->folder) : file;
    tmesh_buffer_printf(self->found, "%s %s\n", name,
                        report->error_count ? report->issues[0].code : "ok");
}

static void keep(void *receiver, const char *file, tmesh_definition_t **definition_p,
                 tmesh_template_report_t *report)
{
    fixture_t *self = receiver;
    (void)file, (void)report;
    self->kept = *definition_p;
    *definition_p = NULL;
}

static void a_folder_is_read_in_byte_order(void **state)
{
    fixture_t *self = *state;
    put_folder(self, "b");
    put_folder(self, "b/deep");
    put_folder(self, ".hidden");
    put(self, "c.yaml", GOOD);
    put(self, "a.yml", GOOD);
    put(self, "B.json", "{\"name\":\"t\",\"namespace_name\":\"n\",\"version\":\"1.0.0\","
                        "\"steps\":[{\"name\":\"a\",\"handler\":{\"callable\":\"f\"}}]}");
    put(self, "b/deep/x.yaml", "steps: [");
    put(self, "b/y.yaml", GOOD);
    put(self, "b.yaml", GOOD);
    put(self, ".hidden/z.yaml", GOOD);
    put(self, ".z.yaml", GOOD);
    put(self, "readme.md", "# no template");
    put(self, "yaml", GOOD);
    tmesh_template_files_load(self->folder, NULL, note, self);
    assert_string_equal(self->found->data,
                        "/B.json ok\n/a.yml ok\n/b.yaml ok\n/b/deep/x.yaml YAML_SYNTAX\n"
                        "/b/y.yaml ok\n/c.yaml ok\n");
}

static void one_file_may_have_any_name(void **state)
{
    fixture_t *self = *state;
    put(self, "template", GOOD);
    tmesh_auto_free char *path = tmesh_printf("%s/template", self->folder);
    tmesh_template_files_load(path, NULL, note, self);
    assert_string_equal(self->found->data, "/template ok\n");
    tmesh_template_files_load(path, NULL, keep, self);
    assert_string_equal(self->kept->name, "t");
}

static void what_can_not_be_read_is_told(void **state)
{
    fixture_t *self = *state;
    tmesh_auto_free char *nothing = tmesh_printf("%s/nothing.yaml", self->folder);
    tmesh_auto_free char *dangling = tmesh_printf("%s/b.yaml", self->folder);
    tmesh_auto_free char *pipe_path = tmesh_printf("%s/c.yaml", self->folder);
    tmesh_template_files_load(nothing, NULL, note, self);
    assert_int_equal(symlink("nowhere", dangling), 0);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    put(self, "d.yaml", GOOD);
    tmesh_template_files_load(self->folder, NULL, note, self);
    assert_string_equal(self->found->data,
                        "/nothing.yaml FILE_UNREADABLE\n/b.yaml FILE_UNREADABLE\n"
                        "/c.yaml FILE_UNREADABLE\n/d.yaml ok\n");
}

static void the_reason_is_the_system_s(void *receiver, const char *file,
                                       tmesh_definition_t **definition_p,
                                       tmesh_template_report_t *report)
{
    (void)receiver, (void)file, (void)definition_p;
    assert_non_null(strstr(report->issues[0].message, strerror(ENOENT)));
}

static void an_unreadable_file_says_why(void **state)
{
    (void)state;
    tmesh_template_files_load("/nowhere/at/all.yaml", NULL, the_reason_is_the_system_s, NULL);
}

static void a_link_in_a_circle_is_not_followed(void **state)
{
    fixture_t *self = *state;
    tmesh_auto_free char *link_path = tmesh_printf("%s/again", self->folder);
    assert_int_equal(symlink(".", link_path), 0);
    put(self, "a.yaml", GOOD);
    tmesh_template_files_load(self->folder, NULL, note, self);
    assert_string_equal(self->found->data, "/a.yaml ok\n");
}

static void a_huge_file_is_refused(void **state)
{
    fixture_t *self = *state;
    put(self, "a.yaml", "");
    tmesh_auto_free char *path = tmesh_printf("%s/a.yaml", self->folder);
    assert_int_equal(truncate(path, TMESH_TEMPLATE_BYTES_MAX + 1), 0);
    tmesh_template_files_load(path, NULL, note, self);
    assert_string_equal(self->found->data, "/a.yaml TOO_LARGE\n");
}

static void our_own_templates_are_good(void **state)
{
    fixture_t *self = *state;
    tmesh_template_files_load(TMESH_SOURCE_DIR "/conf/templates", "test", note, self);
    static const char *const names[] = {"dataset",   "diamond",           "linear",
                                        "mixed_dag", "order_fulfillment", "tree"};
    for (size_t i = 0; i < TMESH_COUNT_OF(names); i++) {
        tmesh_auto_free char *line = tmesh_printf("/%s.yaml ok\n", names[i]);
        assert_non_null(strstr(self->found->data, line));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_is_read_in_byte_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_file_may_have_any_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_can_not_be_read_is_told, set_up, tear_down),
        cmocka_unit_test(an_unreadable_file_says_why),
        cmocka_unit_test_setup_teardown(a_link_in_a_circle_is_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_huge_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(our_own_templates_are_good, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
