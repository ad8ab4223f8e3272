#include "services/domain/ids.h"

#include <assert.h>
#include <string.h>

static void uuid_v7(uint8_t out[16], tmesh_random_t *random, int64_t now_ms)
{
    tmesh_random_fill(random, out, 16);
    for (int i = 0; i < 6; i++) out[i] = (uint8_t)(now_ms >> (40 - 8 * i));
    out[6] = (uint8_t)(0x70 | (out[6] & 0x0f));
    out[8] = (uint8_t)(0x80 | (out[8] & 0x3f));
}

tmesh_task_id_t tmesh_task_id_new(tmesh_random_t *random, int64_t now_ms)
{
    tmesh_task_id_t id;
    uuid_v7(id.bytes, random, now_ms);
    id.bytes[14] = 0;
    id.bytes[15] = 0;
    return id;
}

tmesh_node_id_t tmesh_node_id_new(tmesh_random_t *random, int64_t now_ms)
{
    tmesh_node_id_t id;
    uuid_v7(id.bytes, random, now_ms);
    return id;
}

tmesh_dlq_id_t tmesh_dlq_id_new(tmesh_random_t *random, int64_t now_ms)
{
    tmesh_dlq_id_t id;
    uuid_v7(id.bytes, random, now_ms);
    return id;
}

static void uuid_v4(uint8_t out[16], tmesh_random_t *random)
{
    tmesh_random_fill(random, out, 16);
    out[6] = (uint8_t)(0x40 | (out[6] & 0x0f));
    out[8] = (uint8_t)(0x80 | (out[8] & 0x3f));
}

tmesh_session_id_t tmesh_session_id_new(tmesh_random_t *random)
{
    tmesh_session_id_t id;
    uuid_v4(id.bytes, random);
    return id;
}

tmesh_run_token_t tmesh_run_token_new(tmesh_random_t *random)
{
    tmesh_run_token_t token;
    tmesh_random_fill(random, token.bytes, sizeof token.bytes);
    return token;
}

tmesh_step_id_t tmesh_step_id_of(tmesh_task_id_t task_id, uint16_t number)
{
    assert(number > 0);
    tmesh_step_id_t id;
    memcpy(id.bytes, task_id.bytes, sizeof id.bytes);
    id.bytes[14] = (uint8_t)(number >> 8);
    id.bytes[15] = (uint8_t)number;
    return id;
}

tmesh_task_id_t tmesh_task_id_of_step(tmesh_step_id_t step_id)
{
    tmesh_task_id_t id;
    memcpy(id.bytes, step_id.bytes, sizeof id.bytes);
    id.bytes[14] = 0;
    id.bytes[15] = 0;
    return id;
}

uint16_t tmesh_step_number(tmesh_step_id_t step_id)
{
    return (uint16_t)(step_id.bytes[14] << 8 | step_id.bytes[15]);
}

int tmesh_task_id_compare(tmesh_task_id_t a, tmesh_task_id_t b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

int tmesh_step_id_compare(tmesh_step_id_t a, tmesh_step_id_t b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

bool tmesh_run_token_equal(tmesh_run_token_t a, tmesh_run_token_t b)
{
    uint8_t difference = 0; // looks at every byte, so the time tells nothing
    for (size_t i = 0; i < sizeof a.bytes; i++) difference |= a.bytes[i] ^ b.bytes[i];
    return difference == 0;
}

bool tmesh_node_id_equal(tmesh_node_id_t a, tmesh_node_id_t b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

static bool is_dash_position(int i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

const char *tmesh_uuid_format(const uint8_t bytes[16], tmesh_uuid_text_t text)
{
    static const char digits[] = "0123456789abcdef";
    int at = 0;
    for (int i = 0; i < 16; i++) {
        if (is_dash_position(at)) text[at++] = '-';
        text[at++] = digits[bytes[i] >> 4];
        text[at++] = digits[bytes[i] & 15];
    }
    text[at] = 0;
    return text;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool tmesh_uuid_parse(const char *text, uint8_t out[16])
{
    uint8_t bytes[16];
    if (strlen(text) != TMESH_UUID_TEXT_BYTES - 1) return false;
    int count = 0;
    for (int at = 0; at < TMESH_UUID_TEXT_BYTES - 1;) {
        if (is_dash_position(at)) {
            if (text[at++] != '-') return false;
            continue;
        }
        int high = digit_value(text[at++]);
        int low = digit_value(text[at++]);
        if (high < 0 || low < 0) return false;
        bytes[count++] = (uint8_t)(high << 4 | low);
    }
    memcpy(out, bytes, sizeof bytes);
    return true;
}

bool tmesh_task_id_parse(const char *text, tmesh_task_id_t *id)
{
    tmesh_task_id_t parsed;
    if (!tmesh_uuid_parse(text, parsed.bytes)) return false;
    if (parsed.bytes[14] || parsed.bytes[15]) return false;
    *id = parsed;
    return true;
}

bool tmesh_step_id_parse(const char *text, tmesh_step_id_t *id)
{
    tmesh_step_id_t parsed;
    if (!tmesh_uuid_parse(text, parsed.bytes)) return false;
    if (!parsed.bytes[14] && !parsed.bytes[15]) return false;
    *id = parsed;
    return true;
}
