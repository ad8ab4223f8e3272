#include "services/domain/utf8.h"

#include <assert.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

// The second byte has a narrower range behind these four, which rules out overlong forms,
// surrogates and numbers above U+10FFFF.
static bool second_byte_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0: return second >= 0xa0;
    case 0xed: return second <= 0x9f;
    case 0xf0: return second >= 0x90;
    case 0xf4: return second <= 0x8f;
    default: return true;
    }
}

size_t tmesh_utf8_size(const char *at, const char *end)
{
    const unsigned char *bytes = (const unsigned char *)at;
    size_t left = (size_t)(end - at);
    if (left == 0) return 0;
    if (bytes[0] < 0x80) return 1;
    size_t size = bytes[0] < 0xc2 ? 0 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    if (size == 0 || bytes[0] > 0xf4 || left < size) return 0;
    for (size_t i = 1; i < size; i++) {
        if (!is_continuation(bytes[i])) return 0;
    }
    return second_byte_fits(bytes[0], bytes[1]) ? size : 0;
}

size_t tmesh_utf8_valid_bytes(tmesh_bytes_t text)
{
    const char *end = text.data + text.size;
    for (const char *at = text.data; at < end;) {
        size_t size = tmesh_utf8_size(at, end);
        if (size == 0) return (size_t)(at - text.data);
        at += size;
    }
    return text.size;
}

size_t tmesh_utf8_count(tmesh_bytes_t text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_continuation((unsigned char)text.data[i])) count++;
    }
    return count;
}

void tmesh_utf8_add(tmesh_buffer_t *out, uint32_t code_point)
{
    assert(code_point <= 0x10ffff);
    char bytes[4];
    size_t size = 0;
    if (code_point < 0x80) {
        bytes[size++] = (char)code_point;
    } else if (code_point < 0x800) {
        bytes[size++] = (char)(0xc0 | code_point >> 6);
        bytes[size++] = (char)(0x80 | (code_point & 0x3f));
    } else if (code_point < 0x10000) {
        bytes[size++] = (char)(0xe0 | code_point >> 12);
        bytes[size++] = (char)(0x80 | (code_point >> 6 & 0x3f));
        bytes[size++] = (char)(0x80 | (code_point & 0x3f));
    } else {
        bytes[size++] = (char)(0xf0 | code_point >> 18);
        bytes[size++] = (char)(0x80 | (code_point >> 12 & 0x3f));
        bytes[size++] = (char)(0x80 | (code_point >> 6 & 0x3f));
        bytes[size++] = (char)(0x80 | (code_point & 0x3f));
    }
    tmesh_buffer_add(out, bytes, size);
}
