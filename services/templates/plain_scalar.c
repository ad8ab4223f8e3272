#include "services/templates/plain_scalar.h"

#include <inttypes.h>
#include <stddef.h>

#include "runtime/base/memory.h"

static bool is_one_of(tmesh_bytes_t text, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (tmesh_bytes_equal_text(text, words[i])) return true;
    }
    return false;
}

static bool is_null(tmesh_bytes_t text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    return is_one_of(text, words, TMESH_COUNT_OF(words));
}

static bool is_bool(tmesh_bytes_t text)
{
    static const char *const words[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    return is_one_of(text, words, TMESH_COUNT_OF(words));
}

static bool is_sign(char c)
{
    return c == '+' || c == '-';
}

static bool has_no_json(tmesh_bytes_t text)
{
    static const char *const words[] = {".inf", ".Inf", ".INF"};
    static const char *const no_numbers[] = {".nan", ".NaN", ".NAN"};
    if (is_one_of(text, no_numbers, TMESH_COUNT_OF(no_numbers))) return true;
    if (text.size && is_sign(text.data[0])) text = tmesh_bytes(text.data + 1, text.size - 1);
    return is_one_of(text, words, TMESH_COUNT_OF(words));
}

static size_t digits(tmesh_bytes_t text, size_t at)
{
    size_t start = at;
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') at++;
    return at - start;
}

// The parts of a decimal number: sign, digits, point, digits, exponent.
typedef struct {
    bool is_negative;
    size_t whole, whole_size;
    bool has_point;
    size_t fraction, fraction_size;
    size_t exponent, exponent_size; // from the letter on; 0 when there is none
} decimal_t;

static bool split(tmesh_bytes_t text, decimal_t *parts)
{
    size_t at = 0;
    *parts = (decimal_t){.is_negative = text.size > 0 && text.data[0] == '-'};
    if (text.size && is_sign(text.data[0])) at++;
    parts->whole = at;
    parts->whole_size = digits(text, at);
    at += parts->whole_size;
    if (at < text.size && text.data[at] == '.') {
        parts->has_point = true;
        parts->fraction = ++at;
        parts->fraction_size = digits(text, at);
        at += parts->fraction_size;
    }
    if (parts->whole_size + parts->fraction_size == 0) return false;
    if (at < text.size && (text.data[at] | 0x20) == 'e') {
        parts->exponent = at++;
        if (at < text.size && is_sign(text.data[at])) at++;
        size_t size = digits(text, at);
        if (size == 0) return false;
        at += size;
        parts->exponent_size = at - parts->exponent;
    }
    return at == text.size;
}

// The same digits in JSON's grammar: no plus, no leading zeros, a digit on both sides of the point.
static const char *json_number(tmesh_bytes_t text, const decimal_t *parts, tmesh_arena_t *arena)
{
    size_t whole = parts->whole;
    size_t whole_size = parts->whole_size;
    while (whole_size > 1 && text.data[whole] == '0') whole++, whole_size--;
    bool is_integer = !parts->has_point && !parts->exponent_size;
    bool is_zero = is_integer && whole_size == 1 && text.data[whole] == '0';
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    if (parts->is_negative && !is_zero) tmesh_buffer_add(out, "-", 1);
    tmesh_buffer_add(out, whole_size ? text.data + whole : "0", whole_size ? whole_size : 1);
    if (parts->has_point) {
        bool is_bare = parts->fraction_size == 0;
        tmesh_buffer_add(out, ".", 1);
        tmesh_buffer_add(out, is_bare ? "0" : text.data + parts->fraction,
                         is_bare ? 1 : parts->fraction_size);
    }
    tmesh_buffer_add(out, text.data + parts->exponent, parts->exponent_size);
    return tmesh_arena_text(arena, out->data);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

typedef enum { IS_STRING, IS_NUMBER, IS_TOO_BIG } based_t;

static based_t read_based(tmesh_bytes_t text, uint64_t *number)
{
    if (text.size < 3 || text.data[0] != '0') return IS_STRING;
    char letter = text.data[1];
    if (letter != 'x' && letter != 'o') return IS_STRING;
    uint64_t base = letter == 'x' ? 16 : 8;
    uint64_t sum = 0;
    bool overflow = false;
    for (size_t i = 2; i < text.size; i++) {
        uint64_t digit = (uint64_t)digit_value(text.data[i]);
        if (digit >= base) return IS_STRING;
        overflow |= __builtin_mul_overflow(sum, base, &sum);
        overflow |= __builtin_add_overflow(sum, digit, &sum);
    }
    *number = sum;
    return overflow ? IS_TOO_BIG : IS_NUMBER;
}

const char *tmesh_plain_scalar_resolve(tmesh_value_t *self, tmesh_arena_t *arena)
{
    tmesh_bytes_t text = self->text;
    decimal_t parts;
    uint64_t based = 0;
    self->kind = TMESH_VALUE_STRING;
    if (is_null(text)) {
        self->kind = TMESH_VALUE_NULL;
    } else if (is_bool(text)) {
        self->kind = TMESH_VALUE_BOOL;
    } else if (has_no_json(text)) {
        return "infinity and not-a-number have no JSON form";
    } else if (split(text, &parts)) {
        bool is_float = parts.has_point || parts.exponent_size;
        self->kind = is_float ? TMESH_VALUE_FLOAT : TMESH_VALUE_INTEGER;
        self->number = json_number(text, &parts, arena);
    } else {
        based_t found = read_based(text, &based);
        if (found == IS_TOO_BIG) return "the number has more than 64 bits";
        if (found == IS_NUMBER) {
            self->kind = TMESH_VALUE_INTEGER;
            self->number = tmesh_arena_printf(arena, "%" PRIu64, based);
        }
    }
    return NULL;
}
