// A program that embeds the runtime and lets others in: it takes the arguments of taskmeshd that the
// scenarios use, so the same suite drives both. SIGTERM ends it.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "taskmesh/runtime.h"

enum { SETTINGS_MAX = 64, NAME_BYTES = 64 };

typedef struct {
    tmesh_setting_t settings[SETTINGS_MAX];
    char names[SETTINGS_MAX][NAME_BYTES];
    size_t count;
} arguments_t;

static void add(arguments_t *self, const char *name, size_t name_size, const char *value)
{
    snprintf(self->names[self->count], NAME_BYTES, "%.*s", (int)name_size, name);
    self->settings[self->count] = (tmesh_setting_t){self->names[self->count], value};
    self->count++;
}

// --set NAME=VALUE, or --NAME VALUE.
static int read_arguments(arguments_t *self, int count, char **words)
{
    for (int i = 1; i + 1 < count && self->count < SETTINGS_MAX; i += 2) {
        const char *word = words[i];
        const char *value = words[i + 1];
        const char *equals = strchr(value, '=');
        if (strncmp(word, "--", 2) != 0) return -1;
        if (strcmp(word, "--set") != 0) {
            add(self, word + 2, strlen(word + 2), value);
        } else if (equals) {
            add(self, value, (size_t)(equals - value), equals + 1);
        } else {
            return -1;
        }
    }
    return 0;
}

static void print_line(void *context, const char *line)
{
    fprintf(context, "%s\n", line);
}

int main(int count, char **words)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    static arguments_t arguments;
    if (read_arguments(&arguments, count, words)) return 2;
    tmesh_runtime_options_t options = {
        .settings = arguments.settings,
        .setting_count = arguments.count,
        .on_log = print_line,
        .context = stderr,
    };
    tmesh_error_t error;
    tmesh_runtime_t *runtime = tmesh_runtime_open(&options, &error);
    if (!runtime) {
        fprintf(stderr, "%s: %s (%s)\n", error.where, error.message, error.code);
        return 1;
    }
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    tmesh_runtime_close(&runtime);
    return 0;
}
