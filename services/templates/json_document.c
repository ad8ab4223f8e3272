#include "services/templates/json_document.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/domain/utf8.h"

static const tmesh_json_limits_t limits = {
    .bytes_max = TMESH_VALUE_BYTES_MAX,
    .depth_max = TMESH_VALUE_HEIGHT_MAX,
    .members_max = TMESH_VALUE_NODES_MAX,
    .string_chars_max = TMESH_VALUE_BYTES_MAX,
};

typedef struct {
    tmesh_arena_t *arena;
    const char *counted; // line and column are those of this byte
    uint32_t line;
    uint32_t column;
    size_t nodes;
} reader_t;

// Values come in the order of the text, so each byte is counted once.
static void count_to(reader_t *self, const char *at)
{
    for (; self->counted < at; self->counted++) {
        if (*self->counted == '\n') {
            self->line++;
            self->column = 1;
        } else if ((*self->counted & 0xc0) != 0x80) {
            self->column++;
        }
    }
}

static void read_string(tmesh_value_t *value, tmesh_bytes_t json, tmesh_arena_t *arena)
{
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_json_unescape(json, text);
    value->text = tmesh_arena_bytes(arena, tmesh_buffer_bytes(text));
}

static void read_number(tmesh_value_t *value, tmesh_bytes_t json, tmesh_arena_t *arena)
{
    bool is_integer = !memchr(json.data, '.', json.size) && !memchr(json.data, 'e', json.size) &&
                      !memchr(json.data, 'E', json.size);
    value->kind = is_integer ? TMESH_VALUE_INTEGER : TMESH_VALUE_FLOAT;
    value->text = tmesh_arena_bytes(arena, json);
    bool is_minus_zero = is_integer && tmesh_bytes_equal_text(json, "-0");
    value->number = is_minus_zero ? "0" : value->text.data;
}

static tmesh_value_t *read_value(reader_t *self, tmesh_bytes_t json);

static void read_members(reader_t *self, tmesh_value_t *value, tmesh_bytes_t json)
{
    size_t position = 0;
    tmesh_bytes_t key;
    tmesh_bytes_t item;
    while (self->nodes <= TMESH_VALUE_NODES_MAX &&
           tmesh_json_next(json, &position, &key, &item)) {
        tmesh_value_t *name = key.data ? read_value(self, key) : NULL;
        tmesh_value_add(self->arena, value, name, read_value(self, item));
    }
}

static tmesh_value_t *read_value(reader_t *self, tmesh_bytes_t json)
{
    count_to(self, json.data);
    self->nodes++;
    static const tmesh_value_kind_t kinds[] = {
        [TMESH_JSON_NULL] = TMESH_VALUE_NULL,     [TMESH_JSON_BOOL] = TMESH_VALUE_BOOL,
        [TMESH_JSON_NUMBER] = TMESH_VALUE_FLOAT,  [TMESH_JSON_STRING] = TMESH_VALUE_STRING,
        [TMESH_JSON_ARRAY] = TMESH_VALUE_LIST,    [TMESH_JSON_OBJECT] = TMESH_VALUE_MAP,
    };
    tmesh_value_kind_t kind = kinds[tmesh_json_kind(json)];
    tmesh_value_t *value = tmesh_value_new(self->arena, kind, self->line, self->column);
    switch (kind) {
    case TMESH_VALUE_STRING: read_string(value, json, self->arena); break;
    case TMESH_VALUE_FLOAT: read_number(value, json, self->arena); break;
    case TMESH_VALUE_LIST:
    case TMESH_VALUE_MAP: read_members(self, value, json); return value;
    default: value->text = tmesh_arena_bytes(self->arena, json);
    }
    value->bytes = value->text.size;
    return value;
}

tmesh_value_t *tmesh_json_document_read(tmesh_bytes_t text, tmesh_arena_t *arena)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_json_check(text, &limits, "", &fault)) return NULL;
    reader_t reader = {.arena = arena, .counted = text.data, .line = 1, .column = 1};
    while (text.size && strchr(" \t\r\n", text.data[0])) text.data++, text.size--;
    tmesh_value_t *root = read_value(&reader, text);
    return reader.nodes <= TMESH_VALUE_NODES_MAX ? root : NULL;
}
