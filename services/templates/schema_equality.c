#include "services/templates/schema_equality.h"

#include <stdlib.h>

#include "runtime/base/memory.h"

static bool members_are_equal(const tmesh_schema_value_t *a, const tmesh_schema_value_t *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (!tmesh_bytes_equal(a->sorted[i].key->text, b->sorted[i].key->text)) return false;
        if (!tmesh_schema_equality_holds(a->sorted[i].value, b->sorted[i].value)) return false;
    }
    return true;
}

static bool items_are_equal(const tmesh_schema_value_t *a, const tmesh_schema_value_t *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (!tmesh_schema_equality_holds(a->members[i].value, b->members[i].value)) return false;
    }
    return true;
}

bool tmesh_schema_equality_holds(const tmesh_schema_value_t *a, const tmesh_schema_value_t *b)
{
    if (a->kind != b->kind || a->count != b->count) return false;
    switch (a->kind) {
    case TMESH_JSON_BOOL: return tmesh_schema_value_is_true(a) == tmesh_schema_value_is_true(b);
    case TMESH_JSON_NUMBER: return tmesh_schema_decimal_compare(&a->number, &b->number) == 0;
    case TMESH_JSON_STRING: return tmesh_bytes_equal(a->text, b->text);
    case TMESH_JSON_ARRAY: return items_are_equal(a, b);
    case TMESH_JSON_OBJECT: return members_are_equal(a, b);
    default: return true;
    }
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ ((const unsigned char *)data)[i]) * UINT64_C(0x100000001b3); // FNV-1a
    }
    return hash;
}

static uint64_t hash_number(uint64_t hash, const tmesh_schema_decimal_t *number)
{
    hash = hash_bytes(hash, &number->is_negative, sizeof number->is_negative);
    hash = hash_bytes(hash, &number->exponent, sizeof number->exponent);
    return hash_bytes(hash, number->digits, number->count);
}

static uint64_t hash_value(const tmesh_schema_value_t *value)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    hash = hash_bytes(hash, &value->kind, sizeof value->kind);
    if (value->kind == TMESH_JSON_BOOL) hash += tmesh_schema_value_is_true(value);
    if (value->kind == TMESH_JSON_NUMBER) return hash_number(hash, &value->number);
    if (value->kind == TMESH_JSON_STRING) {
        return hash_bytes(hash, value->text.data, value->text.size);
    }
    bool is_object = value->kind == TMESH_JSON_OBJECT;
    for (uint32_t i = 0; i < value->count; i++) {
        const tmesh_schema_member_t *member = is_object ? &value->sorted[i] : &value->members[i];
        uint64_t part = hash_value(member->value);
        if (is_object) hash = hash_bytes(hash, member->key->text.data, member->key->text.size);
        hash = hash_bytes(hash, &part, sizeof part);
    }
    return hash;
}

static int compare(const void *a, const void *b)
{
    const tmesh_schema_hashed_t *left = a;
    const tmesh_schema_hashed_t *right = b;
    if (left->hash != right->hash) return left->hash < right->hash ? -1 : 1;
    return (left->value->index > right->value->index) - (left->value->index < right->value->index);
}

tmesh_schema_set_t tmesh_schema_set_read(const tmesh_schema_value_t *array, tmesh_arena_t *arena)
{
    tmesh_schema_hashed_t *items = tmesh_arena_alloc(arena, array->count * sizeof *items);
    for (uint32_t i = 0; i < array->count; i++) {
        const tmesh_schema_value_t *item = array->members[i].value;
        items[i] = (tmesh_schema_hashed_t){hash_value(item), item};
    }
    if (array->count) qsort(items, array->count, sizeof *items, compare);
    return (tmesh_schema_set_t){items, array->count};
}

static bool take_step(uint64_t *steps_left)
{
    if (*steps_left) --*steps_left;
    return *steps_left > 0;
}

bool tmesh_schema_set_holds(const tmesh_schema_set_t *self, const tmesh_schema_value_t *value,
                            uint64_t *steps_left)
{
    uint64_t hash = hash_value(value);
    size_t low = 0;
    size_t high = self->count;
    while (low < high) { // to the first one that is not below
        size_t middle = low + (high - low) / 2;
        if (self->items[middle].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < self->count && self->items[low].hash == hash && take_step(steps_left); low++) {
        if (tmesh_schema_equality_holds(self->items[low].value, value)) return true;
    }
    return false;
}

bool tmesh_schema_set_find_pair(const tmesh_schema_set_t *self, const tmesh_schema_value_t *pair[2],
                                uint64_t *steps_left)
{
    const tmesh_schema_hashed_t *items = self->items;
    for (size_t i = 0; i < self->count; i++) {
        for (size_t j = i + 1; j < self->count && items[j].hash == items[i].hash; j++) {
            if (!take_step(steps_left)) return false;
            if (!tmesh_schema_equality_holds(items[i].value, items[j].value)) continue;
            pair[0] = items[i].value;
            pair[1] = items[j].value;
            return true;
        }
    }
    return false;
}
