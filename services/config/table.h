// services/config/table.h - options.h as rows that the parser walks. For config.c and its tests.
#ifndef TMESH_SERVICES_CONFIG_TABLE_H
#define TMESH_SERVICES_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    TMESH_CONFIG_SECTION, // no option: a headline, in `why`
    TMESH_CONFIG_TEXT,
    TMESH_CONFIG_NUMBER,
    TMESH_CONFIG_WORD,
    TMESH_CONFIG_SWITCH,
} tmesh_config_kind_t;

typedef struct {
    const char *name;
    tmesh_config_kind_t kind;
    size_t offset;   // in tmesh_config_t
    const char *why; // one line
    const char *text; // the default of TEXT and WORD
    int64_t number;   // the default of NUMBER and SWITCH
    int64_t smallest; // NUMBER
    int64_t largest;
    const char *words; // WORD: between bars
} tmesh_config_option_t;

extern const tmesh_config_option_t tmesh_config_options[];
extern const size_t tmesh_config_option_count;

// NULL: there is none.
const tmesh_config_option_t *tmesh_config_find(const char *name);
// The name that was probably meant, or NULL.
const char *tmesh_config_nearest(const char *name);
bool tmesh_config_is_word(const tmesh_config_option_t *option, const char *value);

#endif
