// services/templates/schema_decimal.h - a JSON number by its digits: compared and divided exactly.
// A number is DIGITS * 10^exponent, and no work grows with the exponent, so 1e999999999 is cheap.
// Pure; any thread.
#ifndef TMESH_SERVICES_TEMPLATES_SCHEMA_NUMBER_H
#define TMESH_SERVICES_TEMPLATES_SCHEMA_NUMBER_H

#include "runtime/base/arena.h"

enum { TMESH_SCHEMA_DIVISOR_DIGITS_MAX = 37 }; // what fits in 128 bits with one digit to spare

// What is written beyond this counts as this: such numbers differ in their digits only.
#define TMESH_SCHEMA_EXPONENT_MAX INT64_C(100000000000000000)

typedef struct {
    const char *digits; // no zero at either end; lent by the text or by the arena
    size_t count;       // 0: the number is zero
    int64_t exponent;
    bool is_negative; // never for zero
} tmesh_schema_decimal_t;

// `text` is a checked JSON number and must outlive the result.
tmesh_schema_decimal_t tmesh_schema_decimal_read(tmesh_bytes_t text, tmesh_arena_t *arena);
// < 0, 0, > 0.
int tmesh_schema_decimal_compare(const tmesh_schema_decimal_t *a, const tmesh_schema_decimal_t *b);
// 1.0 is one, too.
bool tmesh_schema_decimal_is_integer(const tmesh_schema_decimal_t *self);
// `divisor` is positive and has at most TMESH_SCHEMA_DIVISOR_DIGITS_MAX digits.
bool tmesh_schema_decimal_is_multiple(const tmesh_schema_decimal_t *self,
                                     const tmesh_schema_decimal_t *divisor);
// False unless it is an integer that is not negative. What exceeds 64 bits becomes UINT64_MAX,
// which is more than anything has.
bool tmesh_schema_decimal_to_count(const tmesh_schema_decimal_t *self, uint64_t *count);

#endif
