#include "services/domain/canonical.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

typedef struct {
    char *key; // unescaped
    size_t key_size;
    tmesh_bytes_t value;
} member_t;

static void add_value(tmesh_bytes_t json, tmesh_buffer_t *out);

static int compare_keys(const void *a, const void *b)
{
    const member_t *left = a;
    const member_t *right = b;
    size_t shorter = left->key_size < right->key_size ? left->key_size : right->key_size;
    int order = memcmp(left->key, right->key, shorter); // UTF-8 sorts by code point
    if (order != 0) return order;
    return left->key_size < right->key_size ? -1 : left->key_size > right->key_size;
}

static void add_text(const char *text, size_t size, tmesh_buffer_t *out)
{
    tmesh_buffer_add_text(out, "\"");
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            tmesh_buffer_printf(out, "\\%c", c);
        } else if (c < 0x20) {
            tmesh_buffer_printf(out, "\\u%04x", c);
        } else {
            tmesh_buffer_add(out, &text[i], 1);
        }
    }
    tmesh_buffer_add_text(out, "\"");
}

static void add_object(tmesh_bytes_t json, tmesh_buffer_t *out)
{
    size_t count = 0, position = 0;
    tmesh_bytes_t key, value;
    while (tmesh_json_next(json, &position, &key, &value)) count++;
    member_t *members = tmesh_alloc_array(count, sizeof *members);
    position = 0;
    for (size_t i = 0; i < count && tmesh_json_next(json, &position, &key, &value); i++) {
        tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
        tmesh_json_unescape(key, text);
        members[i] = (member_t){.key_size = text->size, .value = value};
        members[i].key = tmesh_buffer_take(text);
    }
    if (count) qsort(members, count, sizeof *members, compare_keys);
    tmesh_buffer_add_text(out, "{");
    for (size_t i = 0; i < count; i++) {
        if (i) tmesh_buffer_add_text(out, ",");
        add_text(members[i].key, members[i].key_size, out);
        tmesh_buffer_add_text(out, ":");
        add_value(members[i].value, out);
        tmesh_free(members[i].key);
    }
    tmesh_buffer_add_text(out, "}");
    tmesh_free(members);
}

static void add_array(tmesh_bytes_t json, tmesh_buffer_t *out)
{
    size_t position = 0;
    tmesh_bytes_t value;
    bool first = true;
    tmesh_buffer_add_text(out, "[");
    while (tmesh_json_next(json, &position, NULL, &value)) {
        if (!first) tmesh_buffer_add_text(out, ",");
        first = false;
        add_value(value, out);
    }
    tmesh_buffer_add_text(out, "]");
}

// The fewest digits that give the same double, laid out as ECMAScript does (RFC 8785): plain up to 21
// places, so that 1e2 and 100.0 are what 100 is.
static void add_double(double number, tmesh_buffer_t *out)
{
    if (number == 0) { // also the negative one
        tmesh_buffer_add_text(out, "0");
        return;
    }
    char text[40]; // d.ddde-xxx
    for (int decimals = 0; decimals <= 16; decimals++) {
        snprintf(text, sizeof text, "%.*e", decimals, fabs(number));
        if (strtod(text, NULL) == fabs(number)) break;
    }
    char *exponent = strchr(text, 'e');
    int places = atoi(exponent + 1) + 1; // digits before the decimal point
    char digits[24] = {text[0]};
    int count = 1;
    for (const char *c = text + 2; c < exponent; c++) digits[count++] = *c;
    if (number < 0) tmesh_buffer_add_text(out, "-");
    if (places > 21 || places < -5) {
        tmesh_buffer_printf(out, "%c%s%se%+d", digits[0], count > 1 ? "." : "", digits + 1,
                            places - 1);
    } else if (places <= 0) {
        tmesh_buffer_printf(out, "0.%.*s%s", -places, "00000", digits);
    } else if (places < count) {
        tmesh_buffer_printf(out, "%.*s.%s", places, digits, digits + places);
    } else {
        tmesh_buffer_printf(out, "%s%.*s", digits, places - count, "00000000000000000000");
    }
}

static void add_number(tmesh_bytes_t json, tmesh_buffer_t *out)
{
    if (!memchr(json.data, '.', json.size) && !memchr(json.data, 'e', json.size) &&
        !memchr(json.data, 'E', json.size)) {
        bool minus_zero = json.size == 2 && json.data[0] == '-' && json.data[1] == '0';
        tmesh_buffer_add(out, minus_zero ? "0" : json.data, minus_zero ? 1 : json.size);
        return;
    }
    tmesh_auto_free char *text = tmesh_alloc(json.size + 1);
    memcpy(text, json.data, json.size);
    double number = strtod(text, NULL);
    if (number - number != 0) { // too large for a double: its own digits must do
        tmesh_buffer_add(out, json.data, json.size);
        return;
    }
    add_double(number, out);
}

static void add_value(tmesh_bytes_t json, tmesh_buffer_t *out)
{
    switch (tmesh_json_kind(json)) {
    case TMESH_JSON_OBJECT: add_object(json, out); break;
    case TMESH_JSON_ARRAY: add_array(json, out); break;
    case TMESH_JSON_NUMBER: add_number(json, out); break;
    case TMESH_JSON_STRING: {
        tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
        tmesh_json_unescape(json, text);
        add_text(text->data, text->size, out);
        break;
    }
    default: tmesh_json_compact(json, out); break;
    }
}

void tmesh_canonical_json(tmesh_bytes_t json, tmesh_buffer_t *out)
{
    add_value(json, out);
}
