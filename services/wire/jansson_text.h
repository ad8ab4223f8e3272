// services/wire/jansson_text.h - a JSON text as far as jansson can hold it.
// RFC 8259 allows more: integers and reals of any size, lone surrogates, a NUL in a key. A body that
// says such things somewhere, in tags or in an error's message, is not wrong for that.
#ifndef TMESH_SERVICES_WIRE_JANSSON_TEXT_H
#define TMESH_SERVICES_WIRE_JANSSON_TEXT_H

#include "runtime/base/bytes.h"

// Appends `json`, which must have passed tmesh_json_check, with what does not fit replaced by something
// of its kind: a number by 0.5, so that no integer is read where there is none, and an escape by \ufffd.
// Who wants the bytes as they are takes them from the text itself.
void tmesh_jansson_text_write(tmesh_bytes_t json, tmesh_buffer_t *out);

#endif
