#include "services/config/table.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/config/config.h"

#define SECTION_ROW(title) {.kind = TMESH_CONFIG_SECTION, .why = title},
#define TEXT_ROW(option, fallback, reason)                                                         \
    {.name = #option,                                                                              \
     .kind = TMESH_CONFIG_TEXT,                                                                    \
     .offset = offsetof(tmesh_config_t, option),                                                   \
     .why = reason,                                                                                \
     .text = fallback},
#define NUMBER_ROW(option, fallback, minimum, maximum, reason)                                     \
    {.name = #option,                                                                              \
     .kind = TMESH_CONFIG_NUMBER,                                                                  \
     .offset = offsetof(tmesh_config_t, option),                                                   \
     .why = reason,                                                                                \
     .number = fallback,                                                                           \
     .smallest = minimum,                                                                          \
     .largest = maximum},
#define WORD_ROW(option, fallback, allowed, reason)                                                \
    {.name = #option,                                                                              \
     .kind = TMESH_CONFIG_WORD,                                                                    \
     .offset = offsetof(tmesh_config_t, option),                                                   \
     .why = reason,                                                                                \
     .text = fallback,                                                                             \
     .words = allowed},
#define SWITCH_ROW(option, fallback, reason)                                                       \
    {.name = #option,                                                                              \
     .kind = TMESH_CONFIG_SWITCH,                                                                  \
     .offset = offsetof(tmesh_config_t, option),                                                   \
     .why = reason,                                                                                \
     .number = fallback},

const tmesh_config_option_t tmesh_config_options[] = {
    TMESH_CONFIG_OPTIONS(SECTION_ROW, TEXT_ROW, NUMBER_ROW, WORD_ROW, SWITCH_ROW)};
const size_t tmesh_config_option_count = TMESH_COUNT_OF(tmesh_config_options);

enum {
    NAME_BYTES_MAX = 40,
    EDITS_MAX = 3, // more than these and it was meant to be something else
};

const tmesh_config_option_t *tmesh_config_find(const char *name)
{
    for (size_t i = 0; i < tmesh_config_option_count; i++) {
        const tmesh_config_option_t *option = &tmesh_config_options[i];
        if (option->name && strcmp(option->name, name) == 0) return option;
    }
    return NULL;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

// How many letters have to be added, left out or changed (Levenshtein), one row at a time.
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_BYTES_MAX + 1];
    size_t b_size = strlen(b);
    for (size_t j = 0; j <= b_size; j++) row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smaller(changed, 1 + smaller(row[j], row[j - 1]));
        }
    }
    return row[b_size];
}

const char *tmesh_config_nearest(const char *name)
{
    if (strlen(name) > NAME_BYTES_MAX) return NULL;
    const char *nearest = NULL;
    size_t fewest = EDITS_MAX + 1;
    for (size_t i = 0; i < tmesh_config_option_count; i++) {
        const char *known = tmesh_config_options[i].name;
        if (!known) continue;
        size_t edits = distance(known, name);
        if (edits >= fewest) continue;
        fewest = edits;
        nearest = known;
    }
    return nearest;
}

bool tmesh_config_is_word(const tmesh_config_option_t *option, const char *value)
{
    size_t size = strlen(value);
    for (const char *word = option->words; word; word = strchr(word, '|')) {
        if (*word == '|') word++;
        if (strncmp(word, value, size) == 0 && (word[size] == '|' || word[size] == 0)) return size;
    }
    return false;
}
