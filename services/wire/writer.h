// services/wire/writer.h - JSON written into a buffer, one value after the other.
// Commas are its own business; nesting is the caller's. A plain value on the caller's stack.
//
//   tmesh_writer_t w = tmesh_writer(out);
//   tmesh_writer_open_object(&w, NULL);
//   tmesh_writer_text(&w, "name", "linear");
//   tmesh_writer_close_object(&w);
#ifndef TMESH_SERVICES_WIRE_WRITER_H
#define TMESH_SERVICES_WIRE_WRITER_H

#include <stdint.h>

#include "runtime/base/bytes.h"

typedef struct {
    tmesh_buffer_t *out; // lent
    bool needs_comma;    // a value stands before the next one
} tmesh_writer_t;

tmesh_writer_t tmesh_writer(tmesh_buffer_t *out);

// `key` is NULL for items of arrays and for the outermost value. It is plain ASCII without anything
// to escape, unless it goes through tmesh_writer_key.
void tmesh_writer_open_object(tmesh_writer_t *self, const char *key);
void tmesh_writer_close_object(tmesh_writer_t *self);
void tmesh_writer_open_array(tmesh_writer_t *self, const char *key);
void tmesh_writer_close_array(tmesh_writer_t *self);

// A key of any text; the value follows with key NULL.
void tmesh_writer_key(tmesh_writer_t *self, const char *key);
// NULL is written as null.
void tmesh_writer_text(tmesh_writer_t *self, const char *key, const char *text);
void tmesh_writer_integer(tmesh_writer_t *self, const char *key, int64_t number);
void tmesh_writer_bool(tmesh_writer_t *self, const char *key, bool value);
void tmesh_writer_null(tmesh_writer_t *self, const char *key);
// JSON text, as it is; absent bytes are written as null.
void tmesh_writer_json(tmesh_writer_t *self, const char *key, tmesh_bytes_t json);
// {"frame": index}
void tmesh_writer_frame(tmesh_writer_t *self, const char *key, size_t index);
void tmesh_writer_uuid(tmesh_writer_t *self, const char *key, const uint8_t id[16]);
// 32 hexadecimal digits.
void tmesh_writer_token(tmesh_writer_t *self, const char *key, const uint8_t token[16]);

#endif
