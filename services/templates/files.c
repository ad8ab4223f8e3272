#include "services/templates/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "services/templates/report.h"

enum { FOLDER_DEPTH_MAX = 32 };

typedef struct {
    const char *environment;
    tmesh_template_files_found_t *found;
    void *receiver;
} loader_t;

typedef struct {
    char **paths; // owned, as is each of them
    size_t count;
} paths_t;

static void refuse(tmesh_template_report_t *report, const char *what, int error)
{
    tmesh_template_refuse_at(report, "FILE_UNREADABLE", 0, 0, "%s: %s", what, strerror(error));
}

static bool read_all(int descriptor, tmesh_buffer_t *text, tmesh_template_report_t *report)
{
    char part[16384];
    ssize_t size = 0;
    while ((size = read(descriptor, part, sizeof part)) != 0) {
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) {
            refuse(report, "read", errno);
            return false;
        }
        tmesh_buffer_add(text, part, (size_t)size);
        if (text->size > TMESH_TEMPLATE_BYTES_MAX) break; // the parser says that it is too large
    }
    return true;
}

static bool read_file(const char *path, tmesh_buffer_t *text, tmesh_template_report_t *report)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe must not hold us up
    if (descriptor < 0) {
        refuse(report, "open", errno);
        return false;
    }
    struct stat status;
    bool is_file = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    if (!is_file) refuse(report, "open", EINVAL);
    bool good = is_file && read_all(descriptor, text, report);
    close(descriptor);
    return good;
}

static void tell(const loader_t *self, const char *path, tmesh_definition_t *definition,
                 tmesh_template_report_t *report)
{
    self->found(self->receiver, path, &definition, report);
    tmesh_definition_destroy(&definition);
}

static void load_file(const loader_t *self, const char *path)
{
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new(path);
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_definition_t *definition = NULL;
    if (read_file(path, text, report)) {
        report->source = tmesh_buffer_bytes(text);
        tmesh_err_t err = tmesh_template_parse(tmesh_buffer_bytes(text), self->environment, report,
                                               &definition);
        if (err) definition = NULL; // the report says why
    }
    tell(self, path, definition, report);
}

static void tell_unreadable(const loader_t *self, const char *path, int error)
{
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new(path);
    refuse(report, "open", error);
    tell(self, path, NULL, report);
}

static bool is_template_name(const char *name)
{
    static const char *const endings[] = {".yaml", ".yml", ".json"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < TMESH_COUNT_OF(endings); i++) {
        if (strcmp(dot, endings[i]) == 0) return true;
    }
    return false;
}

static void add_path(paths_t *paths, char *path)
{
    // Doubles whenever the count is a power of two.
    if ((paths->count & (paths->count - 1)) == 0) {
        size_t capacity = paths->count ? paths->count * 2 : 1;
        paths->paths = tmesh_realloc_array(paths->paths, capacity, sizeof *paths->paths);
    }
    paths->paths[paths->count++] = path;
}

// Folders behind symbolic links are not entered, so there are no rounds to be caught in.
static void collect(const loader_t *self, const char *folder, int depth, paths_t *paths)
{
    DIR *directory = opendir(folder);
    if (!directory || depth > FOLDER_DEPTH_MAX) {
        tell_unreadable(self, folder, directory ? ELOOP : errno);
        if (directory) closedir(directory);
        return;
    }
    const struct dirent *entry = NULL;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        struct stat status;
        char *path = tmesh_printf("%s/%s", folder, entry->d_name);
        bool is_folder = lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
        if (is_folder) collect(self, path, depth + 1, paths);
        if (!is_folder && is_template_name(entry->d_name)) {
            add_path(paths, path);
        } else {
            tmesh_free(path);
        }
    }
    closedir(directory);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void load_folder(const loader_t *self, const char *path)
{
    paths_t paths = {0};
    collect(self, path, 0, &paths);
    if (paths.count > 0) qsort(paths.paths, paths.count, sizeof *paths.paths, compare_paths);
    for (size_t i = 0; i < paths.count; i++) {
        load_file(self, paths.paths[i]);
        tmesh_free(paths.paths[i]);
    }
    tmesh_free(paths.paths);
}

void tmesh_template_files_load(const char *path, const char *environment,
                               tmesh_template_files_found_t *found, void *self)
{
    loader_t loader = {.environment = environment, .found = found, .receiver = self};
    struct stat status;
    bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    if (is_folder) {
        load_folder(&loader, path);
    } else {
        load_file(&loader, path);
    }
}
