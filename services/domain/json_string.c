#include "services/domain/json_string.h"

#include <assert.h>
#include <string.h>

#include "services/domain/json_text.h"
#include "services/domain/utf8.h"

enum { REPLACEMENT = 0xfffd };

static bool is_high_surrogate(uint32_t code_point)
{
    return code_point >= 0xd800 && code_point < 0xdc00;
}

static bool is_low_surrogate(uint32_t code_point)
{
    return code_point >= 0xdc00 && code_point < 0xe000;
}

static uint32_t four_digits(const char *at)
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t digit = c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 0x20) - 'a' + 10);
        number = number << 4 | digit;
    }
    return number;
}

static uint32_t unicode_escape(const char **at, const char *end)
{
    uint32_t first = four_digits(*at);
    *at += 4;
    bool pair_follows = is_high_surrogate(first) && end - *at >= 6 && memcmp(*at, "\\u", 2) == 0;
    if (!pair_follows) return first;
    uint32_t second = four_digits(*at + 2);
    if (!is_low_surrogate(second)) return first;
    *at += 6;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static uint32_t plain_character(const char **at, const char *end)
{
    size_t size = tmesh_utf8_size(*at, end);
    assert(size > 0);
    static const unsigned char first_byte_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code_point = (unsigned char)**at & first_byte_bits[size];
    for (size_t i = 1; i < size; i++) {
        code_point = code_point << 6 | ((unsigned char)(*at)[i] & 0x3f);
    }
    *at += size;
    return code_point;
}

uint32_t tmesh_json_string_next(const char **at, const char *end)
{
    if (**at != '\\') return plain_character(at, end);
    char escape = (*at)[1];
    *at += 2;
    switch (escape) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': return unicode_escape(at, end);
    default: return (unsigned char)escape; // a quote, a slash or a backslash
    }
}

void tmesh_json_string_key(tmesh_bytes_t string, tmesh_buffer_t *out)
{
    const char *end = string.data + string.size - 1;
    for (const char *at = string.data + 1; at < end;) {
        tmesh_utf8_add(out, tmesh_json_string_next(&at, end));
    }
}

void tmesh_json_unescape(tmesh_bytes_t string, tmesh_buffer_t *out)
{
    assert(string.size >= 2);
    const char *end = string.data + string.size - 1;
    for (const char *at = string.data + 1; at < end;) {
        uint32_t code_point = tmesh_json_string_next(&at, end);
        bool is_alone = is_high_surrogate(code_point) || is_low_surrogate(code_point);
        tmesh_utf8_add(out, is_alone ? REPLACEMENT : code_point);
    }
}

static void add_control(tmesh_buffer_t *out, char c)
{
    switch (c) {
    case '\b': tmesh_buffer_add(out, "\\b", 2); break;
    case '\f': tmesh_buffer_add(out, "\\f", 2); break;
    case '\n': tmesh_buffer_add(out, "\\n", 2); break;
    case '\r': tmesh_buffer_add(out, "\\r", 2); break;
    case '\t': tmesh_buffer_add(out, "\\t", 2); break;
    default: tmesh_buffer_printf(out, "\\u%04x", (unsigned)c);
    }
}

void tmesh_json_string_add(tmesh_buffer_t *out, tmesh_bytes_t text)
{
    const char *end = text.data + text.size;
    const char *unwritten = text.data; // what needs no change is copied in runs
    tmesh_buffer_add(out, "\"", 1);
    for (const char *at = text.data; at < end;) {
        bool is_control = (unsigned char)*at < 0x20;
        bool is_special = is_control || *at == '"' || *at == '\\';
        bool is_ascii = (unsigned char)*at < 0x80;
        size_t size = is_ascii ? 1 : tmesh_utf8_size(at, end);
        if (size > 0 && !is_special) {
            at += size;
            continue;
        }
        tmesh_buffer_add(out, unwritten, (size_t)(at - unwritten));
        if (size == 0) {
            tmesh_utf8_add(out, REPLACEMENT);
        } else if (is_control) {
            add_control(out, *at);
        } else {
            tmesh_buffer_add(out, *at == '"' ? "\\\"" : "\\\\", 2);
        }
        unwritten = ++at;
    }
    tmesh_buffer_add(out, unwritten, (size_t)(end - unwritten));
    tmesh_buffer_add(out, "\"", 1);
}

void tmesh_json_add_string(tmesh_buffer_t *out, const char *text)
{
    tmesh_json_string_add(out, tmesh_bytes_of_text(text));
}
