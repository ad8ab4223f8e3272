#include "services/templates/value_merge.h"

#include "runtime/base/map.h"
#include "runtime/base/memory.h"

tmesh_value_t *tmesh_value_merge_copy(tmesh_value_merge_t *self, const tmesh_value_t *container)
{
    tmesh_value_t *copy = tmesh_value_new(self->arena, container->kind, container->line,
                                          container->column);
    copy->parent = container->parent;
    copy->index = container->index;
    if (container->count > self->budget) {
        self->is_exhausted = true;
        return copy;
    }
    self->budget -= container->count;
    for (uint32_t i = 0; i < container->count; i++) {
        const tmesh_member_t *member = &container->members[i];
        tmesh_value_share(self->arena, copy, member->key, member->value);
    }
    return copy;
}

const tmesh_value_t *tmesh_value_merge_member(tmesh_value_merge_t *self, const tmesh_value_t *map,
                                              const tmesh_value_t *key, const tmesh_value_t *value)
{
    tmesh_value_t *copy = tmesh_value_merge_copy(self, map);
    for (uint32_t i = 0; i < copy->count; i++) {
        if (!tmesh_bytes_equal(copy->members[i].key->text, key->text)) continue;
        tmesh_value_replace(copy, i, value);
        return copy;
    }
    tmesh_value_share(self->arena, copy, key, value);
    return copy;
}

const tmesh_value_t *tmesh_value_merge_present(tmesh_value_merge_t *self,
                                               const tmesh_value_t *base,
                                               const tmesh_value_t *over)
{
    if (!base) return over;
    if (base->kind != TMESH_VALUE_MAP) return base;
    for (uint32_t i = 0; i < over->count; i++) {
        const tmesh_member_t *member = &over->members[i];
        if (member->value->kind == TMESH_VALUE_NULL) continue;
        base = tmesh_value_merge_member(self, base, member->key, member->value);
    }
    return base;
}

static const tmesh_value_t *merge_maps(tmesh_value_merge_t *self, const tmesh_value_t *base,
                                       const tmesh_value_t *over)
{
    tmesh_value_t *copy = tmesh_value_merge_copy(self, base);
    tmesh_auto(tmesh_map) index = tmesh_map_new();
    for (uint32_t i = 0; i < base->count && !self->is_exhausted; i++) {
        tmesh_bytes_t key = base->members[i].key->text;
        tmesh_map_put(index, key.data, key.size, &base->members[i]);
    }
    for (uint32_t i = 0; i < over->count && !self->is_exhausted; i++) {
        const tmesh_member_t *member = &over->members[i];
        tmesh_bytes_t key = member->key->text;
        const tmesh_member_t *old = tmesh_map_get(index, key.data, key.size);
        if (!old) {
            tmesh_value_share(self->arena, copy, member->key, member->value);
            continue;
        }
        const tmesh_value_t *merged = tmesh_value_merge_deep(self, old->value, member->value);
        tmesh_value_replace(copy, (uint32_t)(old - base->members), merged);
    }
    return copy;
}

const tmesh_value_t *tmesh_value_merge_deep(tmesh_value_merge_t *self, const tmesh_value_t *base,
                                            const tmesh_value_t *over)
{
    bool both_are_maps =
        base && base->kind == TMESH_VALUE_MAP && over->kind == TMESH_VALUE_MAP;
    return both_are_maps ? merge_maps(self, base, over) : over;
}
