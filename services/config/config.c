#include "services/config/config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/config/table.h"

enum { FILE_BYTES_MAX = 1024 * 1024 };

static void *field_of(tmesh_config_t *self, const tmesh_config_option_t *option)
{
    return (char *)self + option->offset;
}

static void set_text(tmesh_config_t *self, const tmesh_config_option_t *option, const char *value)
{
    char **field = field_of(self, option);
    tmesh_free(*field);
    *field = tmesh_strdup(value);
}

tmesh_config_t *tmesh_config_new(void)
{
    tmesh_config_t *self = tmesh_alloc(sizeof *self);
    for (size_t i = 0; i < tmesh_config_option_count; i++) {
        const tmesh_config_option_t *option = &tmesh_config_options[i];
        switch (option->kind) {
        case TMESH_CONFIG_SECTION: break;
        case TMESH_CONFIG_TEXT:
        case TMESH_CONFIG_WORD: set_text(self, option, option->text); break;
        case TMESH_CONFIG_NUMBER: *(int64_t *)field_of(self, option) = option->number; break;
        case TMESH_CONFIG_SWITCH: *(bool *)field_of(self, option) = option->number; break;
        }
    }
    return self;
}

void tmesh_config_destroy(tmesh_config_t **self_p)
{
    tmesh_config_t *self = *self_p;
    if (!self) return;
    for (size_t i = 0; i < tmesh_config_option_count; i++) {
        const tmesh_config_option_t *option = &tmesh_config_options[i];
        if (option->kind != TMESH_CONFIG_TEXT && option->kind != TMESH_CONFIG_WORD) continue;
        tmesh_free(*(char **)field_of(self, option));
    }
    tmesh_free(self);
    *self_p = NULL;
}

// ---- Files --------------------------------------------------------------------------------------

static tmesh_err_t fail(tmesh_fault_t **fault_p, tmesh_fault_t *fault)
{
    *fault_p = fault;
    return fault->err;
}

tmesh_err_t tmesh_config_load(tmesh_config_t *self, const char *file, tmesh_fault_t **fault_p)
{
    FILE *stream = fopen(file, "re");
    if (!stream) {
        tmesh_err_t err = errno == ENOENT ? TMESH_ERR_NOT_FOUND : TMESH_ERR_IO;
        return fail(fault_p, tmesh_fault_new(err, "unreadable_file", file, "%s", strerror(errno)));
    }
    tmesh_auto_free char *text = tmesh_alloc(FILE_BYTES_MAX + 1);
    size_t size = fread(text, 1, FILE_BYTES_MAX + 1, stream);
    bool failed = ferror(stream);
    fclose(stream);
    if (failed || size > FILE_BYTES_MAX) {
        return fail(fault_p, tmesh_fault_new(TMESH_ERR_IO, "unreadable_file", file,
                                             "it can not be read, or is larger than 1 MiB"));
    }
    return tmesh_config_parse(self, file, tmesh_bytes(text, size), fault_p);
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

static void cut_comment(char *line)
{
    for (char *at = line; *at; at++) {
        if (*at != '#' || (at > line && !isspace((unsigned char)at[-1]))) continue;
        *at = 0;
        return;
    }
}

// `seen_at[i]` is the line that set option i, 0: none.
static tmesh_err_t parse_line(tmesh_config_t *self, const char *where, unsigned number, char *line,
                              unsigned *seen_at, tmesh_fault_t **fault_p)
{
    cut_comment(line);
    char *name = trim(line);
    if (!*name) return TMESH_OK;
    char *value = strchr(name, '=');
    if (!value) {
        return fail(fault_p, tmesh_fault_new(TMESH_ERR_INVALID, "bad_line", where,
                                             "a line is `name = value`, this one has no `=`"));
    }
    *value++ = 0;
    name = trim(name);
    tmesh_err_t err = tmesh_config_set(self, where, name, trim(value), fault_p);
    if (err) return err;
    size_t index = (size_t)(tmesh_config_find(name) - tmesh_config_options);
    if (seen_at[index]) {
        return fail(fault_p, tmesh_fault_new(TMESH_ERR_INVALID, "duplicate_option", where,
                                             "%s is set in line %u already", name, seen_at[index]));
    }
    seen_at[index] = number;
    return TMESH_OK;
}

tmesh_err_t tmesh_config_parse(tmesh_config_t *self, const char *file, tmesh_bytes_t text,
                               tmesh_fault_t **fault_p)
{
    tmesh_auto_free unsigned *seen_at =
        tmesh_alloc_array(tmesh_config_option_count, sizeof *seen_at);
    size_t at = 0;
    for (unsigned number = 1; at < text.size; number++) {
        const char *end = memchr(text.data + at, '\n', text.size - at);
        size_t size = end ? (size_t)(end - text.data) - at : text.size - at;
        tmesh_auto_free char *line = tmesh_alloc(size + 1);
        memcpy(line, text.data + at, size);
        tmesh_auto_free char *where = tmesh_printf("%s:%u", file, number);
        if (strlen(line) != size) {
            return fail(fault_p, tmesh_fault_new(TMESH_ERR_INVALID, "bad_line", where,
                                                 "there is a zero byte in this line"));
        }
        tmesh_err_t err = parse_line(self, where, number, line, seen_at, fault_p);
        if (err) return err;
        at += size + 1;
    }
    return TMESH_OK;
}

// ---- Values -------------------------------------------------------------------------------------

static tmesh_err_t set_number(tmesh_config_t *self, const tmesh_config_option_t *option,
                              const char *where, const char *value, tmesh_fault_t **fault_p)
{
    errno = 0;
    char *end = NULL;
    long long number = strtoll(value, &end, 10);
    if (*value && !*end && !errno && number >= option->smallest && number <= option->largest) {
        *(int64_t *)field_of(self, option) = number;
        return TMESH_OK;
    }
    return fail(fault_p, tmesh_fault_new(TMESH_ERR_INVALID, "bad_value", where,
                                         "%s is a number from %" PRId64 " to %" PRId64
                                         ", not \"%s\"",
                                         option->name, option->smallest, option->largest, value));
}

static tmesh_err_t set_word(tmesh_config_t *self, const tmesh_config_option_t *option,
                            const char *where, const char *value, tmesh_fault_t **fault_p)
{
    if (tmesh_config_is_word(option, value)) {
        set_text(self, option, value);
        return TMESH_OK;
    }
    return fail(fault_p, tmesh_fault_new(TMESH_ERR_INVALID, "bad_value", where,
                                         "%s is one of %s, not \"%s\"", option->name,
                                         option->words, value));
}

static tmesh_err_t set_switch(tmesh_config_t *self, const tmesh_config_option_t *option,
                              const char *where, const char *value, tmesh_fault_t **fault_p)
{
    bool on = strcmp(value, "true") == 0;
    if (on || strcmp(value, "false") == 0) {
        *(bool *)field_of(self, option) = on;
        return TMESH_OK;
    }
    return fail(fault_p, tmesh_fault_new(TMESH_ERR_INVALID, "bad_value", where,
                                         "%s is true or false, not \"%s\"", option->name, value));
}

tmesh_err_t tmesh_config_set(tmesh_config_t *self, const char *where, const char *name,
                             const char *value, tmesh_fault_t **fault_p)
{
    const tmesh_config_option_t *option = tmesh_config_find(name);
    if (!option) {
        const char *nearest = tmesh_config_nearest(name);
        return fail(fault_p,
                    tmesh_fault_new(TMESH_ERR_INVALID, "unknown_option", where,
                                    "there is no option \"%s\"%s%s%s", name,
                                    nearest ? "; did you mean " : "", nearest ? nearest : "",
                                    nearest ? "?" : ""));
    }
    switch (option->kind) {
    case TMESH_CONFIG_NUMBER: return set_number(self, option, where, value, fault_p);
    case TMESH_CONFIG_WORD: return set_word(self, option, where, value, fault_p);
    case TMESH_CONFIG_SWITCH: return set_switch(self, option, where, value, fault_p);
    default: break;
    }
    set_text(self, option, value);
    return TMESH_OK;
}

tmesh_err_t tmesh_config_check(const tmesh_config_t *self, tmesh_fault_t **fault_p)
{
    if (!*self->store) {
        return fail(fault_p, tmesh_fault_new(TMESH_ERR_INVALID, "bad_value", NULL,
                                             "store must not be empty"));
    }
    if (self->lost_after_ms < 2 * self->heartbeat_ms) {
        return fail(fault_p, tmesh_fault_new(TMESH_ERR_INVALID, "bad_value", NULL,
                                             "lost_after_ms (%" PRId64
                                             ") must be at least two heartbeat_ms (%" PRId64 ")",
                                             self->lost_after_ms, self->heartbeat_ms));
    }
    return TMESH_OK;
}

bool tmesh_config_write_value(const tmesh_config_t *self, const char *name, tmesh_buffer_t *out)
{
    const tmesh_config_option_t *option = tmesh_config_find(name);
    if (!option) return false;
    const void *field = (const char *)self + option->offset;
    switch (option->kind) {
    case TMESH_CONFIG_NUMBER: tmesh_buffer_printf(out, "%" PRId64, *(const int64_t *)field); break;
    case TMESH_CONFIG_SWITCH:
        tmesh_buffer_add_text(out, *(const bool *)field ? "true" : "false");
        break;
    default: tmesh_buffer_add_text(out, *(char *const *)field);
    }
    return true;
}

void tmesh_config_write(const tmesh_config_t *self, tmesh_buffer_t *out)
{
    tmesh_buffer_add_text(out, "# taskmesh.conf - every option with its default. A line is"
                               " `name = value`; `#` begins a comment.\n"
                               "# taskmeshd -c FILE reads it; --set NAME=VALUE overrides a line of"
                               " it. Names end in their unit.\n");
    for (size_t i = 0; i < tmesh_config_option_count; i++) {
        const tmesh_config_option_t *option = &tmesh_config_options[i];
        if (option->kind == TMESH_CONFIG_SECTION) {
            tmesh_buffer_printf(out, "\n# ---- %s\n\n", option->why);
            continue;
        }
        tmesh_auto(tmesh_buffer) value = tmesh_buffer_new();
        (void)tmesh_config_write_value(self, option->name, value);
        tmesh_buffer_printf(out, "# %s\n%s =%s%s\n", option->why, option->name,
                            value->size ? " " : "", tmesh_buffer_text(value));
    }
}
