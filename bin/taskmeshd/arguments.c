#include "bin/taskmeshd/arguments.h"

#include <ctype.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_STORE = 256, OPTION_BIND, OPTION_TEMPLATES, OPTION_SET, OPTION_CHECK, OPTION_VERSION };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"store", required_argument, NULL, OPTION_STORE},
    {"bind", required_argument, NULL, OPTION_BIND},
    {"templates", required_argument, NULL, OPTION_TEMPLATES},
    {"set", required_argument, NULL, OPTION_SET},
    {"check-config", no_argument, NULL, OPTION_CHECK},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void add(arguments_t *self, const char *name, const char *value)
{
    self->settings[self->setting_count++] = (tmesh_setting_t){.name = name, .value = value};
}

// Without spaces around it; ends the text in place.
static char *trim(char *text)
{
    while (isspace((unsigned char)*text)) text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) end--;
    *end = 0;
    return text;
}

static void add_assignment(arguments_t *self, char *assignment)
{
    char *value = strchr(assignment, '=');
    if (!value) {
        fprintf(stderr, "taskmeshd: --set: \"%s\" is not NAME=VALUE\n", assignment);
        self->wish = ARGUMENTS_WRONG;
        return;
    }
    *value++ = 0;
    add(self, trim(assignment), trim(value));
}

// True when the rest does not matter any more.
static bool take(arguments_t *self, int option, char *value)
{
    switch (option) {
    case 'c': self->config_file = value; break;
    case OPTION_STORE: add(self, "store", value); break;
    case OPTION_BIND: add(self, "bind", value); break;
    case OPTION_TEMPLATES: add(self, "templates", value); break;
    case OPTION_SET: add_assignment(self, value); break;
    case OPTION_CHECK: self->wish = ARGUMENTS_CHECK; break;
    case OPTION_VERSION: self->wish = ARGUMENTS_VERSION; break;
    case 'h': self->wish = ARGUMENTS_HELP; break;
    default:
        fputs("taskmeshd --help tells more\n", stderr);
        self->wish = ARGUMENTS_WRONG;
        break;
    }
    return self->wish != ARGUMENTS_SERVE && self->wish != ARGUMENTS_CHECK;
}

void arguments_read(arguments_t *self, int count, char **words)
{
    *self = (arguments_t){.wish = ARGUMENTS_SERVE};
    self->settings = calloc((size_t)count + 1, sizeof *self->settings);
    if (!self->settings) abort();
    int option = 0;
    while ((option = getopt_long(count, words, "c:h", long_options, NULL)) != -1) {
        if (take(self, option, optarg)) return;
    }
    if (optind == count) return;
    fprintf(stderr, "taskmeshd: \"%s\" is not an option; --help tells more\n", words[optind]);
    self->wish = ARGUMENTS_WRONG;
}

void arguments_free(arguments_t *self)
{
    free(self->settings);
    self->settings = NULL;
}
