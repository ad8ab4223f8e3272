#include "services/templates/schema_pattern_subject.h"

#include "services/domain/utf8.h"

enum { FIRST_SURROGATE = 0xd800, BEHIND_SURROGATES = 0xe000, PRIVATE_PLANE = 0x100000 };

uint32_t tmesh_schema_pattern_subject_character(uint32_t code_point)
{
    bool is_surrogate = code_point >= FIRST_SURROGATE && code_point < BEHIND_SURROGATES;
    return is_surrogate ? PRIVATE_PLANE + code_point : code_point;
}

bool tmesh_schema_pattern_subject_is_utf8(tmesh_bytes_t text)
{
    for (size_t i = 0; i + 1 < text.size; i++) { // nothing but a surrogate begins like this
        if ((unsigned char)text.data[i] == 0xed && (unsigned char)text.data[i + 1] >= 0xa0) {
            return false;
        }
    }
    return true;
}

static uint32_t surrogate_at(const char *at)
{
    return FIRST_SURROGATE | ((uint32_t)at[1] & 0x1f) << 6 | ((uint32_t)at[2] & 0x3f);
}

void tmesh_schema_pattern_subject_add(tmesh_bytes_t text, tmesh_buffer_t *out)
{
    const char *end = text.data + text.size;
    for (const char *at = text.data; at < end;) {
        size_t size = tmesh_utf8_size(at, end);
        if (size) {
            tmesh_buffer_add(out, at, size);
            at += size;
        } else {
            tmesh_utf8_add(out, tmesh_schema_pattern_subject_character(surrogate_at(at)));
            at += 3;
        }
    }
}
