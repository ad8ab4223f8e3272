// minLength, maxLength, pattern.
#include <inttypes.h>

#include "runtime/base/memory.h"
#include "services/domain/utf8.h"
#include "services/templates/schema_rules.h"

struct tmesh_schema_strings {
    uint64_t chars_min;
    uint64_t chars_max;
    const tmesh_schema_pattern_t *pattern; // or NULL
    const tmesh_schema_value_t *pattern_text;
};

const tmesh_schema_strings_t *tmesh_schema_strings_read(tmesh_schema_compiler_t *compiler,
                                                        const tmesh_schema_node_t *node)
{
    tmesh_schema_strings_t self = {.chars_max = UINT64_MAX};
    bool has_min = tmesh_schema_compiler_count(compiler, node, "minLength", &self.chars_min);
    bool has_max = tmesh_schema_compiler_count(compiler, node, "maxLength", &self.chars_max);
    self.pattern_text =
        tmesh_schema_compiler_find_kind(compiler, node, "pattern", TMESH_JSON_STRING);
    if (self.pattern_text) {
        self.pattern = tmesh_schema_compiler_pattern(compiler, self.pattern_text);
    }
    if (!has_min && !has_max && !self.pattern) return NULL;
    return tmesh_arena_copy(compiler->arena, &self, sizeof self);
}

static void check_pattern(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                          const tmesh_schema_value_t *value)
{
    const tmesh_schema_strings_t *self = node->strings;
    tmesh_schema_pattern_answer_t answer =
        tmesh_schema_pattern_search(self->pattern, value->text, &run->steps_left);
    if (answer == TMESH_SCHEMA_PATTERN_FOUND) return;
    tmesh_auto(tmesh_buffer) pattern = tmesh_buffer_new();
    tmesh_schema_value_add_excerpt(self->pattern_text, pattern);
    if (answer == TMESH_SCHEMA_PATTERN_ABSENT) {
        tmesh_schema_run_violate(run, node, "pattern", value, "must match the pattern %s",
                                 pattern->data);
    } else {
        tmesh_schema_run_fail(run, "pattern_limit", node, "pattern", value,
                              "searching for the pattern %s took too many steps", pattern->data);
    }
}

void tmesh_schema_strings_check(tmesh_schema_run_t *run, const tmesh_schema_node_t *node,
                                const tmesh_schema_value_t *value)
{
    const tmesh_schema_strings_t *self = node->strings;
    if (value->kind != TMESH_JSON_STRING) return;
    // A lone surrogate has three bytes and begins like any other character of three.
    uint64_t chars = tmesh_utf8_count(value->text);
    if (chars < self->chars_min) {
        tmesh_schema_run_violate(run, node, "minLength", value,
                                 "must have at least %" PRIu64 " characters, and has %" PRIu64,
                                 self->chars_min, chars);
    }
    if (chars > self->chars_max) {
        tmesh_schema_run_violate(run, node, "maxLength", value,
                                 "must have at most %" PRIu64 " characters, and has %" PRIu64,
                                 self->chars_max, chars);
    }
    if (self->pattern) check_pattern(run, node, value);
}
