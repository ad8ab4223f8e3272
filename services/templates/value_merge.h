// services/templates/value_merge.h - one tree laid over another.
// Nothing that exists is changed: a result is new nodes above parts that are shared.
#ifndef TMESH_SERVICES_TEMPLATES_VALUE_MERGE_H
#define TMESH_SERVICES_TEMPLATES_VALUE_MERGE_H

#include "services/templates/value.h"

// Copied members: an override for every step of a large file multiplies the two.
enum { TMESH_VALUE_MERGE_BUDGET = 4000000 };

typedef struct {
    tmesh_arena_t *arena; // of the results
    size_t budget;        // members that may still be copied
    bool is_exhausted;    // the budget was not enough: the result is of no use
} tmesh_value_merge_t;

// A list or map with the same members, which may be changed.
tmesh_value_t *tmesh_value_merge_copy(tmesh_value_merge_t *self, const tmesh_value_t *container);
// A map with one member replaced or added.
const tmesh_value_t *tmesh_value_merge_member(tmesh_value_merge_t *self, const tmesh_value_t *map,
                                              const tmesh_value_t *key,
                                              const tmesh_value_t *value);
// `over` wins key by key, unless its value is null. `base` may be NULL; a base that is no map is
// returned as it is, so that whoever reads it next can say so.
const tmesh_value_t *tmesh_value_merge_present(tmesh_value_merge_t *self,
                                               const tmesh_value_t *base,
                                               const tmesh_value_t *over);
// `over` wins where one of the two is not a map; maps are merged in turn. Null is a value here.
const tmesh_value_t *tmesh_value_merge_deep(tmesh_value_merge_t *self, const tmesh_value_t *base,
                                            const tmesh_value_t *over);

#endif
