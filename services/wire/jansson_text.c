#include "services/wire/jansson_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"

enum { ESCAPE_BYTES = 6 }; // \u and four digits
static const char too_large_number[] = "0.5";
static const char replacement[] = "\\ufffd";

static bool number_fits(const char *text)
{
    errno = 0;
    if (strpbrk(text, ".eE")) return isfinite(strtod(text, NULL));
    (void)strtoll(text, NULL, 10);
    return errno != ERANGE;
}

// The number at `at`; returns its end.
static const char *write_number(const char *at, const char *end, tmesh_buffer_t *out)
{
    const char *start = at;
    while (at < end && strchr("+-.0123456789eE", *at)) at++;
    tmesh_auto_free char *text = tmesh_printf("%.*s", (int)(at - start), start);
    tmesh_buffer_add_text(out, number_fits(text) ? text : too_large_number);
    return at;
}

static unsigned code_of(const char *escape)
{
    char digits[] = {escape[2], escape[3], escape[4], escape[5], 0};
    return (unsigned)strtoul(digits, NULL, 16);
}

// How many bytes of the \u escape at `at` stay as they are: one escape, a pair, or none of it.
static size_t kept_bytes(const char *at, const char *end, bool is_key)
{
    unsigned code = code_of(at);
    if (code == 0 && is_key) return 0;
    if (code < 0xd800 || code > 0xdfff) return ESCAPE_BYTES;
    bool pair_follows = code < 0xdc00 && end - at >= 2 * ESCAPE_BYTES &&
                        memcmp(at + ESCAPE_BYTES, "\\u", 2) == 0;
    unsigned low = pair_follows ? code_of(at + ESCAPE_BYTES) : 0;
    return low >= 0xdc00 && low <= 0xdfff ? 2 * ESCAPE_BYTES : 0;
}

static const char *end_of_string(const char *at)
{
    for (at++; *at != '"'; at++) {
        if (*at == '\\') at++;
    }
    return at + 1;
}

static bool colon_follows(const char *at, const char *end)
{
    while (at < end && strchr(" \t\r\n", *at)) at++;
    return at < end && *at == ':';
}

// The string at `at`; returns its end.
static const char *write_string(const char *at, const char *end, tmesh_buffer_t *out)
{
    const char *string_end = end_of_string(at);
    bool is_key = colon_follows(string_end, end);
    while (at < string_end) {
        size_t size = *at == '\\' ? 2 : 1;
        if (size == 2 && at[1] == 'u') size = kept_bytes(at, string_end, is_key);
        if (size == 0) tmesh_buffer_add_text(out, replacement);
        tmesh_buffer_add(out, at, size);
        at += size ? size : ESCAPE_BYTES;
    }
    return string_end;
}

void tmesh_jansson_text_write(tmesh_bytes_t json, tmesh_buffer_t *out)
{
    const char *end = json.data + json.size;
    for (const char *at = json.data; at < end;) {
        if (*at == '"') at = write_string(at, end, out);
        else if (*at == '-' || (*at >= '0' && *at <= '9')) at = write_number(at, end, out);
        else tmesh_buffer_add(out, at++, 1);
    }
}
