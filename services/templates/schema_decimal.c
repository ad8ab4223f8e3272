#include "services/templates/schema_decimal.h"

#include <assert.h>
#include <string.h>

typedef unsigned __int128 wide_t; // both compilers have it on the machines that we build for

static int64_t clamp(int64_t exponent)
{
    if (exponent > TMESH_SCHEMA_EXPONENT_MAX) return TMESH_SCHEMA_EXPONENT_MAX;
    return exponent < -TMESH_SCHEMA_EXPONENT_MAX ? -TMESH_SCHEMA_EXPONENT_MAX : exponent;
}

// `text` begins behind the e.
static int64_t read_exponent(tmesh_bytes_t text)
{
    bool is_negative = text.data[0] == '-';
    int64_t exponent = 0;
    for (size_t i = text.data[0] == '-' || text.data[0] == '+'; i < text.size; i++) {
        exponent = clamp(exponent * 10 + (text.data[i] - '0')); // may pass the limit by one digit
    }
    return clamp(is_negative ? -exponent : exponent);
}

static size_t position_of(tmesh_bytes_t text, const char *one_of)
{
    for (size_t i = 0; i < text.size; i++) {
        if (strchr(one_of, text.data[i])) return i;
    }
    return text.size;
}

// The digits from `first` to `last` lie in one piece unless the point is between them.
static void take_digits(tmesh_schema_decimal_t *self, tmesh_bytes_t mantissa, size_t first,
                        size_t last, size_t point, tmesh_arena_t *arena)
{
    self->digits = mantissa.data + first;
    self->count = last - first + 1;
    if (point < first || point > last) return;
    char *digits = tmesh_arena_alloc(arena, self->count);
    memcpy(digits, mantissa.data + first, point - first);
    memcpy(digits + (point - first), mantissa.data + point + 1, last - point);
    self->digits = digits;
    self->count--;
}

static bool is_zero(char c)
{
    return c == '0' || c == '.';
}

tmesh_schema_decimal_t tmesh_schema_decimal_read(tmesh_bytes_t text, tmesh_arena_t *arena)
{
    tmesh_schema_decimal_t self = {.is_negative = text.data[0] == '-'};
    if (self.is_negative) text = tmesh_bytes(text.data + 1, text.size - 1);
    size_t e = position_of(text, "eE");
    tmesh_bytes_t mantissa = tmesh_bytes(text.data, e);
    size_t point = position_of(mantissa, ".");
    size_t first = 0;
    while (first < e && is_zero(text.data[first])) first++;
    if (first == e) return (tmesh_schema_decimal_t){0};
    size_t last = e - 1;
    while (is_zero(text.data[last])) last--;
    take_digits(&self, mantissa, first, last, point, arena);
    if (e < text.size) {
        self.exponent = read_exponent(tmesh_bytes(text.data + e + 1, text.size - e - 1));
    }
    // Where the last digit stands: zeros that were cut off, or places behind the point.
    int64_t shift = last < point ? (int64_t)(point - 1 - last) : -(int64_t)(last - point);
    self.exponent = clamp(self.exponent + shift);
    return self;
}

static int compare_digits(const tmesh_schema_decimal_t *a, const tmesh_schema_decimal_t *b)
{
    int64_t top_a = a->exponent + (int64_t)a->count;
    int64_t top_b = b->exponent + (int64_t)b->count;
    if (top_a != top_b) return top_a < top_b ? -1 : 1;
    int order = memcmp(a->digits, b->digits, a->count < b->count ? a->count : b->count);
    return order ? order : (a->count > b->count) - (a->count < b->count);
}

static int sign(const tmesh_schema_decimal_t *self)
{
    if (self->count == 0) return 0;
    return self->is_negative ? -1 : 1;
}

int tmesh_schema_decimal_compare(const tmesh_schema_decimal_t *a, const tmesh_schema_decimal_t *b)
{
    if (sign(a) != sign(b)) return sign(a) - sign(b);
    if (sign(a) == 0) return 0;
    int order = compare_digits(a, b);
    return a->is_negative ? -order : order;
}

bool tmesh_schema_decimal_is_integer(const tmesh_schema_decimal_t *self)
{
    return self->exponent >= 0;
}

static wide_t value_of_digits(const tmesh_schema_decimal_t *self)
{
    wide_t value = 0;
    for (size_t i = 0; i < self->count; i++) value = value * 10 + (wide_t)(self->digits[i] - '0');
    return value;
}

// What of `value` is left when 10^exponent has lent it all the factors 2 and 5 that it can.
static wide_t without_tens(wide_t value, int64_t exponent)
{
    for (int64_t i = 0; i < exponent && value % 2 == 0; i++) value /= 2;
    for (int64_t i = 0; i < exponent && value % 5 == 0; i++) value /= 5;
    return value;
}

// a * 10^i is a multiple of b * 10^j. Neither a nor b ends with a zero: with i < j it can't be one;
// otherwise b's own factors of 10^(i-j) are granted, and the rest must divide a.
bool tmesh_schema_decimal_is_multiple(const tmesh_schema_decimal_t *self,
                                     const tmesh_schema_decimal_t *divisor)
{
    assert(divisor->count > 0 && divisor->count <= TMESH_SCHEMA_DIVISOR_DIGITS_MAX);
    if (self->count == 0) return true;
    if (self->exponent < divisor->exponent) return false;
    wide_t rest = without_tens(value_of_digits(divisor), self->exponent - divisor->exponent);
    wide_t remainder = 0;
    for (size_t i = 0; i < self->count; i++) {
        remainder = (remainder * 10 + (wide_t)(self->digits[i] - '0')) % rest;
    }
    return remainder == 0;
}

bool tmesh_schema_decimal_to_count(const tmesh_schema_decimal_t *self, uint64_t *count)
{
    enum { DIGITS_OF_64_BITS = 19 }; // of any number with as many digits
    if (self->is_negative || !tmesh_schema_decimal_is_integer(self)) return false;
    *count = UINT64_MAX;
    if (self->exponent > DIGITS_OF_64_BITS ||
        self->count + (size_t)self->exponent > DIGITS_OF_64_BITS) {
        return true;
    }
    *count = (uint64_t)value_of_digits(self);
    for (int64_t i = 0; i < self->exponent; i++) *count *= 10;
    return true;
}
