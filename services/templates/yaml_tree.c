#include "services/templates/yaml_tree.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/templates/plain_scalar.h"
#include "services/templates/report.h"

// A list or map that is not closed yet.
typedef struct {
    tmesh_value_t *container;
    tmesh_value_t *key;   // waits for its value; NULL in lists and between members
    const char *anchor;   // to be known once the container is complete, or NULL
    bool is_merge;        // the key is a plain <<
    tmesh_value_t *merge; // the value of <<, or NULL
} level_t;

struct tmesh_yaml_tree {
    tmesh_arena_t *arena;             // lent
    tmesh_template_report_t *report;  // lent
    tmesh_map_t *anchors;             // name to node
    tmesh_value_t *root;
    size_t nodes; // so far, with aliases counted as what they stand for
    size_t bytes;
    uint32_t depth;
    level_t levels[TMESH_VALUE_HEIGHT_MAX];
};

tmesh_yaml_tree_t *tmesh_yaml_tree_new(tmesh_arena_t *arena, tmesh_template_report_t *report)
{
    tmesh_yaml_tree_t *self = tmesh_alloc(sizeof *self);
    self->arena = arena;
    self->report = report;
    self->anchors = tmesh_map_new();
    return self;
}

void tmesh_yaml_tree_destroy(tmesh_yaml_tree_t **self_p)
{
    if (!*self_p) return;
    tmesh_map_destroy(&(*self_p)->anchors);
    tmesh_free(*self_p);
    *self_p = NULL;
}

tmesh_value_t *tmesh_yaml_tree_root(const tmesh_yaml_tree_t *self)
{
    return self->depth == 0 ? self->root : NULL;
}

#define REFUSE(self, at, code, ...)                                                                \
    (tmesh_template_refuse_at((self)->report, code, (at)->line, (at)->column, __VA_ARGS__), false)

static bool take_key(tmesh_yaml_tree_t *self, level_t *level, tmesh_value_t *value)
{
    if (value->kind == TMESH_VALUE_LIST || value->kind == TMESH_VALUE_MAP) {
        return REFUSE(self, value, "BAD_KEY", "a key can not be %s",
                      tmesh_value_kind_phrase(value->kind));
    }
    level->key = value;
    return true;
}

static bool attach(tmesh_yaml_tree_t *self, tmesh_value_t *value)
{
    if (self->depth == 0) {
        self->root = value;
        return true;
    }
    level_t *level = &self->levels[self->depth - 1];
    if (level->container->kind == TMESH_VALUE_MAP && !level->key) {
        return take_key(self, level, value);
    }
    if (self->depth + value->height > TMESH_VALUE_HEIGHT_MAX) {
        return REFUSE(self, value, "TOO_DEEP", "deeper than %d levels", TMESH_VALUE_HEIGHT_MAX);
    }
    if (level->is_merge) {
        if (level->merge) return REFUSE(self, level->key, "DUPLICATE_KEY", "a second <<");
        level->merge = value;
    } else {
        tmesh_value_add(self->arena, level->container, level->key, value);
    }
    level->key = NULL;
    level->is_merge = false;
    return true;
}

static bool count(tmesh_yaml_tree_t *self, const tmesh_value_t *value)
{
    self->nodes += value->nodes;
    self->bytes += value->bytes;
    if (self->nodes <= TMESH_VALUE_NODES_MAX && self->bytes <= TMESH_VALUE_BYTES_MAX) return true;
    return REFUSE(self, value, "TOO_LARGE", "more than %d values or %d bytes of text",
                  TMESH_VALUE_NODES_MAX, TMESH_VALUE_BYTES_MAX);
}

static bool is_core_tag(tmesh_bytes_t tag, const char *name)
{
    static const char prefix[] = "tag:yaml.org,2002:";
    size_t size = sizeof prefix - 1;
    return tag.size > size && memcmp(tag.data, prefix, size) == 0 &&
           tmesh_bytes_equal_text(tmesh_bytes(tag.data + size, tag.size - size), name);
}

// A tag may say what a value is anyway, or that it is a string; others mean nothing here.
static bool tag_fits(tmesh_bytes_t tag, tmesh_value_kind_t kind)
{
    static const char *const names[] = {
        [TMESH_VALUE_NULL] = "null",  [TMESH_VALUE_BOOL] = "bool", [TMESH_VALUE_INTEGER] = "int",
        [TMESH_VALUE_FLOAT] = "float", [TMESH_VALUE_STRING] = "str", [TMESH_VALUE_LIST] = "seq",
        [TMESH_VALUE_MAP] = "map",
    };
    if (kind == TMESH_VALUE_INTEGER && is_core_tag(tag, "float")) return true;
    return !tag.data || is_core_tag(tag, names[kind]) || tmesh_bytes_equal_text(tag, "!");
}

static bool check_tag(tmesh_yaml_tree_t *self, const tmesh_value_t *value, tmesh_bytes_t tag)
{
    if (tag_fits(tag, value->kind)) return true;
    return REFUSE(self, value, "BAD_TAG", "the tag %.*s does not fit %s",
                  tag.size < 80 ? (int)tag.size : 80, tag.data,
                  tmesh_value_kind_phrase(value->kind));
}

static void remember(tmesh_yaml_tree_t *self, tmesh_bytes_t anchor, tmesh_value_t *value)
{
    if (anchor.data) tmesh_map_put(self->anchors, anchor.data, anchor.size, value);
}

bool tmesh_yaml_tree_open(tmesh_yaml_tree_t *self, tmesh_value_kind_t kind, uint32_t line,
                          uint32_t column, const tmesh_yaml_properties_t *properties)
{
    tmesh_value_t *value = tmesh_value_new(self->arena, kind, line, column);
    if (self->depth == TMESH_VALUE_HEIGHT_MAX) {
        return REFUSE(self, value, "TOO_DEEP", "deeper than %d levels", TMESH_VALUE_HEIGHT_MAX);
    }
    if (!count(self, value) || !check_tag(self, value, properties->tag)) return false;
    tmesh_bytes_t anchor = tmesh_arena_bytes(self->arena, properties->anchor);
    // Until it is complete, its name stands for nothing: an alias to what it is part of is refused.
    if (anchor.data) tmesh_map_remove(self->anchors, anchor.data, anchor.size);
    self->levels[self->depth++] = (level_t){.container = value, .anchor = anchor.data};
    return true;
}

static bool merge_map(tmesh_yaml_tree_t *self, tmesh_value_t *into, const tmesh_value_t *from,
                      tmesh_map_t *seen)
{
    if (from->kind != TMESH_VALUE_MAP) {
        return REFUSE(self, from, "BAD_MERGE", "<< takes a map or a list of maps, not %s",
                      tmesh_value_kind_phrase(from->kind));
    }
    for (uint32_t i = 0; i < from->count; i++) {
        tmesh_member_t member = from->members[i];
        tmesh_bytes_t key = member.key->text;
        if (tmesh_map_get(seen, key.data, key.size)) continue; // who is nearer wins
        tmesh_map_put(seen, key.data, key.size, into);
        tmesh_value_share(self->arena, into, member.key, member.value);
    }
    return true;
}

static bool merge(tmesh_yaml_tree_t *self, tmesh_value_t *into, const tmesh_value_t *from)
{
    tmesh_auto(tmesh_map) seen = tmesh_map_new();
    for (uint32_t i = 0; i < into->count; i++) {
        tmesh_bytes_t key = into->members[i].key->text;
        tmesh_map_put(seen, key.data, key.size, into);
    }
    if (from->kind != TMESH_VALUE_LIST) return merge_map(self, into, from, seen);
    for (uint32_t i = 0; i < from->count; i++) {
        if (!merge_map(self, into, from->members[i].value, seen)) return false;
    }
    return true;
}

static bool check_keys(tmesh_yaml_tree_t *self, const tmesh_value_t *map)
{
    const tmesh_member_t *twin = tmesh_value_find_twin(map);
    if (!twin) return true;
    tmesh_bytes_t key = twin->key->text;
    return REFUSE(self, twin->key, "DUPLICATE_KEY", "the key \"%.*s\" is there twice",
                  key.size < 100 ? (int)key.size : 100, key.data);
}

bool tmesh_yaml_tree_close(tmesh_yaml_tree_t *self)
{
    assert(self->depth > 0);
    level_t level = self->levels[self->depth - 1];
    if (level.container->kind == TMESH_VALUE_MAP) {
        if (!check_keys(self, level.container)) return false;
        if (level.merge && !merge(self, level.container, level.merge)) return false;
    }
    self->depth--;
    remember(self, tmesh_bytes_of_text(level.anchor), level.container);
    return attach(self, level.container);
}

// Quotes make a string, and so does a tag; a tag of the core schema may also undo the quotes.
static bool resolve(tmesh_yaml_tree_t *self, tmesh_value_t *value, bool is_plain,
                    tmesh_bytes_t tag)
{
    bool is_string = tag.data ? is_core_tag(tag, "str") || tmesh_bytes_equal_text(tag, "!")
                              : !is_plain;
    if (is_string) return true;
    const char *why = tmesh_plain_scalar_resolve(value, self->arena);
    if (why) return REFUSE(self, value, "BAD_NUMBER", "%s", why);
    return check_tag(self, value, tag);
}

bool tmesh_yaml_tree_scalar(tmesh_yaml_tree_t *self, tmesh_bytes_t text, bool is_plain,
                            uint32_t line, uint32_t column,
                            const tmesh_yaml_properties_t *properties)
{
    tmesh_value_t *value = tmesh_value_new(self->arena, TMESH_VALUE_STRING, line, column);
    value->text = tmesh_arena_bytes(self->arena, text);
    value->bytes = text.size;
    level_t *level = self->depth ? &self->levels[self->depth - 1] : NULL;
    bool is_key = level && level->container->kind == TMESH_VALUE_MAP && !level->key;
    if (!count(self, value)) return false;
    // Keys stay the texts they are: `1: a` and `on: b` have the keys "1" and "on".
    if (!is_key && !resolve(self, value, is_plain, properties->tag)) return false;
    if (is_key) level->is_merge = is_plain && tmesh_bytes_equal_text(text, "<<");
    remember(self, properties->anchor, value);
    return attach(self, value);
}

bool tmesh_yaml_tree_alias(tmesh_yaml_tree_t *self, tmesh_bytes_t anchor, uint32_t line,
                           uint32_t column)
{
    tmesh_value_t *value = tmesh_map_get(self->anchors, anchor.data, anchor.size);
    if (!value) {
        tmesh_template_refuse_at(self->report, "UNKNOWN_ALIAS", line, column,
                                 "*%.*s stands for nothing that is complete before it",
                                 anchor.size < 80 ? (int)anchor.size : 80, anchor.data);
        return false;
    }
    return count(self, value) && attach(self, value);
}
