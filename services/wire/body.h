// services/wire/body.h - the fields of one object in a body, read with their types and bounds.
//
// The first objection is kept and ends nothing: read all fields, then ask once. What is read after
// an objection is a harmless value of its type. Every text lives as long as the arena that
// tmesh_codec_open was given. null counts as missing, except as JSON.
//
//   const char *name = tmesh_body_text(&fields, "name", TMESH_BODY_NEEDED, 1, 255);
//   int64_t priority = tmesh_body_integer(&fields, "priority", -100, 100, 0);
//   if (fault) return ...                             // code "too_long", where "/name"
#ifndef TMESH_SERVICES_WIRE_BODY_H
#define TMESH_SERVICES_WIRE_BODY_H

#include <jansson.h>

#include "runtime/base/arena.h"
#include "runtime/base/error.h"
#include "services/domain/json_text.h"
#include "services/wire/frame.h"

typedef enum { TMESH_BODY_OPTIONAL, TMESH_BODY_NEEDED } tmesh_body_need_t;

typedef struct tmesh_body {
    const json_t *object;    // lent; NULL when there is none, which has no fields
    tmesh_bytes_t text;      // the object as it was written
    const char *where;       // its JSON pointer, "" for the body
    tmesh_frames_t *frames;  // what {"frame": N} refers to; lent, may be NULL
    tmesh_arena_t *arena;    // lent
    tmesh_fault_t **fault_p; // the first objection
} tmesh_body_t;

// Is the field there, and not null?
bool tmesh_body_has(const tmesh_body_t *self, const char *key);

// Objects to any field that is none of these ("unknown_field"): for bodies in which a misspelt field
// would not be harmless.
void tmesh_body_only(tmesh_body_t *self, const char *const *keys, size_t count);

// NULL when missing. Lengths in characters. "wrong_type", "too_short", "too_long", "missing_field".
const char *tmesh_body_text(tmesh_body_t *self, const char *key, tmesh_body_need_t need,
                            size_t chars_min, size_t chars_max);
// The fallback when missing. "wrong_type", "out_of_range".
int64_t tmesh_body_integer(tmesh_body_t *self, const char *key, int64_t min, int64_t max,
                           int64_t fallback);
// The same for a field that must be there.
int64_t tmesh_body_integer_needed(tmesh_body_t *self, const char *key, int64_t min, int64_t max);
bool tmesh_body_bool(tmesh_body_t *self, const char *key, bool fallback);
// The index of the word; the fallback when missing. "unknown_value" lists the words.
size_t tmesh_body_word(tmesh_body_t *self, const char *key, const char *const *words, size_t count,
                       size_t fallback);
// False when missing or no UUID ("not_a_uuid"); `out` is then zeroed.
bool tmesh_body_uuid(tmesh_body_t *self, const char *key, tmesh_body_need_t need, uint8_t out[16]);
// 32 hexadecimal digits. "not_a_token".
bool tmesh_body_token(tmesh_body_t *self, const char *key, tmesh_body_need_t need, uint8_t out[16]);
// The value as it was written, also null; absent when missing. Lent like the body. `allowed` is a
// set of 1 << TMESH_JSON_OBJECT and so on.
tmesh_bytes_t tmesh_body_json(tmesh_body_t *self, const char *key, tmesh_body_need_t need,
                              unsigned allowed);
// {"frame": N}: false when missing or no such frame ("wrong_type", "frame_out_of_range").
bool tmesh_body_frame_index(tmesh_body_t *self, const char *key, tmesh_body_need_t need,
                            size_t *index);
// Its payload, lent as long as the message; absent when missing.
tmesh_bytes_t tmesh_body_frame(tmesh_body_t *self, const char *key, tmesh_body_need_t need);

// An object within the object; without fields when it is missing.
bool tmesh_body_object(tmesh_body_t *self, const char *key, tmesh_body_need_t need,
                       tmesh_body_t *child);
// The items of an array, one after the other; none when it is missing. "wrong_type", "too_few",
// "too_many". items->count says how many there are.
typedef struct tmesh_items {
    size_t count;
    size_t index; // of the item that comes next
    const json_t *array;
    tmesh_bytes_t text;
    size_t position; // in the text
    const char *where;
    tmesh_body_t *fields;
} tmesh_items_t;
void tmesh_body_items(tmesh_body_t *self, const char *key, tmesh_body_need_t need, size_t items_min,
                      size_t items_max, tmesh_items_t *items);
// False at the end. An item that is no object gets an objection and has no fields. `fault_p`
// takes the item's objections, to judge each alone; NULL: those of the whole.
bool tmesh_items_next(tmesh_items_t *self, tmesh_fault_t **fault_p, tmesh_body_t *item);
// The same for an array of texts; *text is "" after an objection.
bool tmesh_items_next_text(tmesh_items_t *self, size_t chars_min, size_t chars_max,
                           const char **text);

// An objection of the caller's own, at the field (or at the object, key NULL), unless there is one.
void tmesh_body_object_to(tmesh_body_t *self, const char *key, const char *code, const char *format,
                          ...) __attribute__((format(printf, 4, 5)));

#endif
