#include "services/templates/canonical_json.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_string.h"

// The bytes of UTF-8 sort as its code points do.
static int compare_keys(const void *a, const void *b)
{
    tmesh_bytes_t left = ((const tmesh_member_t *)a)->key->text;
    tmesh_bytes_t right = ((const tmesh_member_t *)b)->key->text;
    size_t common = left.size < right.size ? left.size : right.size;
    int order = common ? memcmp(left.data, right.data, common) : 0;
    return order ? order : (left.size > right.size) - (left.size < right.size);
}

static bool add_list(tmesh_buffer_t *out, const tmesh_value_t *value)
{
    tmesh_buffer_add(out, "[", 1);
    for (uint32_t i = 0; i < value->count; i++) {
        if (i) tmesh_buffer_add(out, ",", 1);
        if (!tmesh_canonical_json_add(out, value->members[i].value)) return false;
    }
    tmesh_buffer_add(out, "]", 1);
    return true;
}

static bool add_map(tmesh_buffer_t *out, const tmesh_value_t *value)
{
    tmesh_auto_free tmesh_member_t *members =
        tmesh_memdup(value->members, value->count * sizeof *members);
    qsort(members, value->count, sizeof *members, compare_keys);
    tmesh_buffer_add(out, "{", 1);
    for (uint32_t i = 0; i < value->count; i++) {
        if (i) tmesh_buffer_add(out, ",", 1);
        tmesh_json_string_add(out, members[i].key->text);
        tmesh_buffer_add(out, ":", 1);
        if (!tmesh_canonical_json_add(out, members[i].value)) return false;
    }
    tmesh_buffer_add(out, "}", 1);
    return true;
}

bool tmesh_canonical_json_add(tmesh_buffer_t *out, const tmesh_value_t *value)
{
    if (out->size > TMESH_VALUE_BYTES_MAX) return false;
    switch (value->kind) {
    case TMESH_VALUE_NULL: tmesh_buffer_add_text(out, "null"); break;
    case TMESH_VALUE_BOOL:
        tmesh_buffer_add_text(out, tmesh_value_is_true(value) ? "true" : "false");
        break;
    case TMESH_VALUE_INTEGER:
    case TMESH_VALUE_FLOAT: tmesh_buffer_add_text(out, value->number); break;
    case TMESH_VALUE_STRING: tmesh_json_string_add(out, value->text); break;
    case TMESH_VALUE_LIST: return add_list(out, value);
    case TMESH_VALUE_MAP: return add_map(out, value);
    }
    return true;
}
