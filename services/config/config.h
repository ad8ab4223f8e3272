// services/config/config.h - the conf file and the command line as one struct.
//
// A file has lines `name = value`; `#` begins a comment, at the start of a line or after a space.
// Names, defaults and bounds: services/config/options.h.
#ifndef TMESH_SERVICES_CONFIG_CONFIG_H
#define TMESH_SERVICES_CONFIG_CONFIG_H

#include "runtime/base/bytes.h"
#include "runtime/base/error.h"
#include "services/config/options.h"

typedef struct tmesh_config {
#define TMESH_CONFIG_NO_FIELD(title)
#define TMESH_CONFIG_TEXT_FIELD(name, fallback, why) char *name;
#define TMESH_CONFIG_NUMBER_FIELD(name, fallback, smallest, largest, why) int64_t name;
#define TMESH_CONFIG_WORD_FIELD(name, fallback, words, why) char *name;
#define TMESH_CONFIG_SWITCH_FIELD(name, fallback, why) bool name;
    TMESH_CONFIG_OPTIONS(TMESH_CONFIG_NO_FIELD, TMESH_CONFIG_TEXT_FIELD, TMESH_CONFIG_NUMBER_FIELD,
                         TMESH_CONFIG_WORD_FIELD, TMESH_CONFIG_SWITCH_FIELD)
#undef TMESH_CONFIG_NO_FIELD
#undef TMESH_CONFIG_TEXT_FIELD
#undef TMESH_CONFIG_NUMBER_FIELD
#undef TMESH_CONFIG_WORD_FIELD
#undef TMESH_CONFIG_SWITCH_FIELD
} tmesh_config_t;

// All defaults.
tmesh_config_t *tmesh_config_new(void);
void tmesh_config_destroy(tmesh_config_t **self_p);

// All of these set *fault_p (yours) when they fail, with `where` as "file:line" or as given:
// "unknown_option" (with the nearest name), "duplicate_option", "bad_line", "bad_value".
// TMESH_ERR_NOT_FOUND or TMESH_ERR_IO when the file can not be read.
tmesh_err_t tmesh_config_load(tmesh_config_t *self, const char *file, tmesh_fault_t **fault_p);
tmesh_err_t tmesh_config_parse(tmesh_config_t *self, const char *file, tmesh_bytes_t text,
                               tmesh_fault_t **fault_p);
// Overrides what a file said.
tmesh_err_t tmesh_config_set(tmesh_config_t *self, const char *where, const char *name,
                             const char *value, tmesh_fault_t **fault_p);
// What no option can judge alone. After everything was set.
tmesh_err_t tmesh_config_check(const tmesh_config_t *self, tmesh_fault_t **fault_p);

// Every option with its value and its line of why, as a file; the defaults are conf/taskmesh.conf.
void tmesh_config_write(const tmesh_config_t *self, tmesh_buffer_t *out);
// The value of one option as it stands in a file; false: there is no option of this name.
bool tmesh_config_write_value(const tmesh_config_t *self, const char *name, tmesh_buffer_t *out);

#endif
