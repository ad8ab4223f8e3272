#include "services/wire/writer.h"

#include <string.h>

#include "services/domain/ids.h"
#include "services/domain/json_text.h"

enum { TOKEN_BYTES = 16, DIGITS_MAX = 20 };

tmesh_writer_t tmesh_writer(tmesh_buffer_t *out)
{
    return (tmesh_writer_t){.out = out};
}

// What stands before a value: the comma after the last one, and its key.
static void begin(tmesh_writer_t *self, const char *key)
{
    size_t key_bytes = key ? strlen(key) : 0;
    size_t quotes = key ? strlen("\"\":") : 0;
    char *at = tmesh_buffer_extend(self->out, self->needs_comma + key_bytes + quotes);
    if (self->needs_comma) *at++ = ',';
    self->needs_comma = true;
    if (!key) return;
    *at++ = '"';
    memcpy(at, key, key_bytes);
    memcpy(at + key_bytes, "\":", 2);
}

static void open(tmesh_writer_t *self, const char *key, const char *bracket)
{
    begin(self, key);
    tmesh_buffer_add(self->out, bracket, 1);
    self->needs_comma = false;
}

static void close(tmesh_writer_t *self, const char *bracket)
{
    tmesh_buffer_add(self->out, bracket, 1);
    self->needs_comma = true;
}

void tmesh_writer_open_object(tmesh_writer_t *self, const char *key)
{
    open(self, key, "{");
}

void tmesh_writer_close_object(tmesh_writer_t *self)
{
    close(self, "}");
}

void tmesh_writer_open_array(tmesh_writer_t *self, const char *key)
{
    open(self, key, "[");
}

void tmesh_writer_close_array(tmesh_writer_t *self)
{
    close(self, "]");
}

void tmesh_writer_key(tmesh_writer_t *self, const char *key)
{
    begin(self, NULL);
    tmesh_json_add_string(self->out, key);
    tmesh_buffer_add(self->out, ":", 1);
    self->needs_comma = false;
}

void tmesh_writer_text(tmesh_writer_t *self, const char *key, const char *text)
{
    begin(self, key);
    if (text) tmesh_json_add_string(self->out, text);
    else tmesh_buffer_add_text(self->out, "null");
}

void tmesh_writer_integer(tmesh_writer_t *self, const char *key, int64_t number)
{
    begin(self, key);
    char digits[DIGITS_MAX + 1]; // written from the end; printf would take ten times as long
    size_t at = sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) digits[--at] = '-';
    tmesh_buffer_add(self->out, digits + at, sizeof digits - at);
}

void tmesh_writer_bool(tmesh_writer_t *self, const char *key, bool value)
{
    begin(self, key);
    tmesh_buffer_add_text(self->out, value ? "true" : "false");
}

void tmesh_writer_null(tmesh_writer_t *self, const char *key)
{
    begin(self, key);
    tmesh_buffer_add_text(self->out, "null");
}

void tmesh_writer_json(tmesh_writer_t *self, const char *key, tmesh_bytes_t json)
{
    if (!json.data) {
        tmesh_writer_null(self, key);
        return;
    }
    begin(self, key);
    tmesh_buffer_add(self->out, json.data, json.size);
}

void tmesh_writer_frame(tmesh_writer_t *self, const char *key, size_t index)
{
    begin(self, key);
    tmesh_buffer_printf(self->out, "{\"frame\":%zu}", index);
}

void tmesh_writer_uuid(tmesh_writer_t *self, const char *key, const uint8_t id[16])
{
    tmesh_uuid_text_t text;
    tmesh_writer_text(self, key, tmesh_uuid_format(id, text));
}

void tmesh_writer_token(tmesh_writer_t *self, const char *key, const uint8_t token[16])
{
    char text[2 * TOKEN_BYTES + 1];
    for (size_t i = 0; i < TOKEN_BYTES; i++) {
        text[2 * i] = "0123456789abcdef"[token[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[token[i] & 15];
    }
    text[2 * TOKEN_BYTES] = 0;
    tmesh_writer_text(self, key, text);
}
