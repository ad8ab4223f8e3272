#include "services/templates/schema_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "runtime/base/memory.h"
#include "services/templates/schema_pattern_subject.h"
#include "services/templates/schema_pattern_text.h"

enum {
    HEAP_KIB_MAX = 16 * 1024,   // for what one search may have to come back to
    BYTES_OF_A_STEP = 8,        // passed over, they cost as much as trying an item
    BYTES_OF_A_COMPARISON = 16, // the same, where a back reference is compared
};

// PCRE2's own limit counts from zero again at each position of the text, so a search is counted
// here: a callout comes before each item of the pattern.
static const uint32_t options = PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_DOLLAR_ENDONLY |
                                PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS |
                                PCRE2_NEVER_BACKSLASH_C;

struct tmesh_schema_pattern {
    pcre2_code *code;
    pcre2_match_context *limits; // only read
    bool has_back_references;
};

// What one search has cost.
typedef struct {
    uint64_t steps;
    uint64_t steps_max;
    uint64_t steps_per_item;
    size_t position; // of the callout before
} meter_t;

static int count_item(pcre2_callout_block *block, void *meter)
{
    meter_t *self = meter;
    size_t now = block->current_position;
    size_t distance = now > self->position ? now - self->position : self->position - now;
    self->position = now;
    self->steps += self->steps_per_item + distance / BYTES_OF_A_STEP;
    return self->steps > self->steps_max ? PCRE2_ERROR_CALLOUT : 0;
}

static void release(void *object)
{
    tmesh_schema_pattern_t *self = object;
    pcre2_code_free(self->code);
    pcre2_match_context_free(self->limits);
}

static void explain(int error, size_t offset, tmesh_buffer_t *why)
{
    unsigned char sentence[160];
    pcre2_get_error_message(error, sentence, sizeof sentence);
    tmesh_buffer_printf(why, "%s, near byte %zu", (const char *)sentence, offset);
}

static pcre2_code *compile(tmesh_bytes_t text, tmesh_buffer_t *why)
{
    tmesh_auto(tmesh_buffer) translated = tmesh_buffer_new();
    const char *fault = text.size > TMESH_SCHEMA_PATTERN_BYTES_MAX
                            ? "it is too long"
                            : tmesh_schema_pattern_text_translate(text, translated);
    if (fault) {
        tmesh_buffer_add_text(why, fault);
        return NULL;
    }
    int error = 0;
    size_t offset = 0;
    const char *pattern = translated->data ? translated->data : "";
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, translated->size, options, &error,
                                     &offset, NULL);
    if (!code) explain(error, offset, why);
    return code;
}

const tmesh_schema_pattern_t *tmesh_schema_pattern_new(tmesh_bytes_t text, tmesh_arena_t *arena,
                                                       tmesh_buffer_t *why)
{
    pcre2_code *code = compile(text, why);
    if (!code) return NULL;
    tmesh_schema_pattern_t *self = tmesh_arena_alloc(arena, sizeof *self);
    self->code = code;
    self->limits = pcre2_match_context_create(NULL);
    if (!self->limits) abort();
    pcre2_set_heap_limit(self->limits, HEAP_KIB_MAX);
    uint32_t highest = 0;
    pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &highest);
    self->has_back_references = highest > 0;
    tmesh_arena_adopt(arena, self, release);
    return self;
}

static int run(const tmesh_schema_pattern_t *self, tmesh_bytes_t text, meter_t *meter)
{
    pcre2_match_context *context = pcre2_match_context_copy(self->limits);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    if (!context || !data) abort(); // lack of memory, as in runtime/base/memory.h
    pcre2_set_callout(context, count_item, meter);
    const char *subject = text.data ? text.data : "";
    int result = pcre2_match(self->code, (PCRE2_SPTR)subject, text.size, 0, PCRE2_NO_UTF_CHECK,
                             data, context);
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return result;
}

tmesh_schema_pattern_answer_t tmesh_schema_pattern_search(const tmesh_schema_pattern_t *self,
                                                          tmesh_bytes_t text,
                                                          uint64_t *steps_left)
{
    meter_t meter = {.steps = 1 + text.size / BYTES_OF_A_STEP, .steps_per_item = 1};
    meter.steps_max = TMESH_SCHEMA_PATTERN_STEPS_MAX;
    if (meter.steps_max > *steps_left) meter.steps_max = *steps_left;
    if (self->has_back_references) meter.steps_per_item += text.size / BYTES_OF_A_COMPARISON;
    tmesh_auto(tmesh_buffer) subject = NULL;
    if (!tmesh_schema_pattern_subject_is_utf8(text)) {
        subject = tmesh_buffer_new();
        tmesh_schema_pattern_subject_add(text, subject);
        text = tmesh_buffer_bytes(subject);
    }
    int result = run(self, text, &meter);
    *steps_left -= meter.steps < *steps_left ? meter.steps : *steps_left;
    if (result >= 0) return TMESH_SCHEMA_PATTERN_FOUND;
    return result == PCRE2_ERROR_NOMATCH ? TMESH_SCHEMA_PATTERN_ABSENT
                                         : TMESH_SCHEMA_PATTERN_TOO_LONG;
}
