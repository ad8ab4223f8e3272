#include "services/templates/schema_refs.h"

#include <string.h>

#include "runtime/base/memory.h"

void tmesh_schema_refs_read(tmesh_schema_compiler_t *compiler, tmesh_schema_node_t *node)
{
    tmesh_schema_reference_t reference = {.node = node};
    reference.text = tmesh_schema_compiler_find_kind(compiler, node, "$ref", TMESH_JSON_STRING);
    if (reference.text) tmesh_buffer_add(compiler->references, &reference, sizeof reference);
}

static int hexadecimal(char c)
{
    const char *digits = "0123456789abcdef";
    if (c >= 'A' && c <= 'F') c = (char)(c | 0x20);
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

// The fragment without its %-escapes; false when one is malformed.
static bool decode(tmesh_bytes_t fragment, tmesh_buffer_t *out)
{
    for (size_t i = 0; i < fragment.size; i++) {
        char c = fragment.data[i];
        if (c == '%') {
            int high = i + 2 < fragment.size ? hexadecimal(fragment.data[i + 1]) : -1;
            int low = i + 2 < fragment.size ? hexadecimal(fragment.data[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        tmesh_buffer_add(out, &c, 1);
    }
    return true;
}

static const tmesh_schema_value_t *item_at(const tmesh_schema_value_t *array, tmesh_bytes_t index)
{
    enum { DIGITS_MAX = 9 };
    if (index.size == 0 || index.size > DIGITS_MAX) return NULL;
    if (index.size > 1 && index.data[0] == '0') return NULL;
    uint32_t number = 0;
    for (size_t i = 0; i < index.size; i++) {
        if (index.data[i] < '0' || index.data[i] > '9') return NULL;
        number = number * 10 + (uint32_t)(index.data[i] - '0');
    }
    return number < array->count ? array->members[number].value : NULL;
}

// One token of a pointer, as it is written; NULL when it leads nowhere.
static const tmesh_schema_value_t *step_down(const tmesh_schema_value_t *value,
                                             tmesh_bytes_t token)
{
    if (value->kind == TMESH_JSON_ARRAY) return item_at(value, token);
    tmesh_auto(tmesh_buffer) name = tmesh_buffer_new();
    for (size_t i = 0; i < token.size; i++) {
        char c = token.data[i];
        if (c == '~') {
            char next = i + 1 < token.size ? token.data[++i] : 0;
            if (next != '0' && next != '1') return NULL;
            c = next == '0' ? '~' : '/';
        }
        tmesh_buffer_add(name, &c, 1);
    }
    return tmesh_schema_value_find(value, tmesh_bytes(tmesh_buffer_text(name), name->size));
}

static const tmesh_schema_value_t *follow_pointer(const tmesh_schema_value_t *value,
                                                  tmesh_bytes_t pointer)
{
    const char *end = pointer.data + pointer.size;
    for (const char *at = pointer.data; value && at < end;) {
        at++; // over the slash
        const char *slash = memchr(at, '/', (size_t)(end - at));
        if (!slash) slash = end;
        value = step_down(value, tmesh_bytes(at, (size_t)(slash - at)));
        at = slash;
    }
    return value;
}

// A schema with an $id of its own would be the base of the references in it: those are refused.
static const tmesh_schema_value_t *find_embedded_id(const tmesh_schema_compiler_t *compiler,
                                                    const tmesh_schema_node_t *node)
{
    const tmesh_schema_value_t *value = node->value;
    if (compiler->is_draft_7) value = value->parent; // an $id beside $ref has no effect there
    for (; value && value->parent; value = value->parent) {
        const tmesh_schema_node_t *above = tmesh_map_get(compiler->nodes, &value, sizeof value);
        if (!above) continue; // between two schemas: the map of `properties`, say
        const tmesh_schema_value_t *id = tmesh_schema_compiler_find(compiler, above, "$id");
        if (id && id->kind == TMESH_JSON_STRING && id->text.size > 0 && id->text.data[0] != '#') {
            return id;
        }
    }
    return NULL;
}

// The part before the fragment is empty or the root's own $id.
static bool is_local(const tmesh_schema_compiler_t *compiler, tmesh_bytes_t base)
{
    if (base.size == 0) return true;
    const tmesh_schema_value_t *id =
        tmesh_schema_value_find(compiler->root, tmesh_bytes_of_text("$id"));
    if (!id || id->kind != TMESH_JSON_STRING) return false;
    tmesh_bytes_t uri = id->text;
    if (uri.size > 0 && uri.data[uri.size - 1] == '#') uri.size--;
    return tmesh_bytes_equal(base, uri);
}

static const tmesh_schema_node_t *target_of(tmesh_schema_compiler_t *compiler,
                                            const tmesh_schema_value_t *text,
                                            tmesh_bytes_t fragment)
{
    tmesh_auto(tmesh_buffer) decoded = tmesh_buffer_new();
    bool is_good = decode(fragment, decoded);
    tmesh_bytes_t place = tmesh_bytes(tmesh_buffer_text(decoded), decoded->size);
    if (is_good && (place.size == 0 || place.data[0] == '/')) {
        const tmesh_schema_value_t *value = follow_pointer(compiler->root, place);
        if (value) return tmesh_schema_compiler_node(compiler, value, "$ref");
    } else if (is_good) {
        const tmesh_schema_node_t *node = tmesh_map_get(compiler->anchors, place.data, place.size);
        if (node) return node;
    }
    tmesh_schema_compiler_refuse(compiler, text, "$ref leads nowhere in this schema");
    return NULL;
}

static void follow(tmesh_schema_compiler_t *compiler, const tmesh_schema_reference_t *reference)
{
    tmesh_bytes_t text = reference->text->text;
    const char *hash = text.size ? memchr(text.data, '#', text.size) : NULL;
    tmesh_bytes_t base = tmesh_bytes(text.data, hash ? (size_t)(hash - text.data) : text.size);
    const tmesh_schema_value_t *id = find_embedded_id(compiler, reference->node);
    if (id) {
        tmesh_schema_compiler_tell(compiler, true, "UNSUPPORTED_SCHEMA_KEYWORD", id,
                                   "an $id below the root is not supported as the base of a $ref");
        return;
    }
    if (!is_local(compiler, base)) {
        tmesh_schema_compiler_tell(compiler, true, "UNSUPPORTED_SCHEMA_KEYWORD", reference->text,
                                   "$ref to another document is not supported");
        return;
    }
    tmesh_bytes_t fragment = TMESH_BYTES_NONE;
    if (hash) fragment = tmesh_bytes(hash + 1, text.size - base.size - 1);
    const tmesh_schema_node_t *target = target_of(compiler, reference->text, fragment);
    if (!target) return;
    reference->node->ref = target;
    tmesh_schema_compiler_add_edge(compiler, reference->node, target);
}

void tmesh_schema_refs_follow(tmesh_schema_compiler_t *compiler)
{
    // The buffer may grow while it is walked, and move.
    for (size_t at = 0; at < compiler->references->size; at += sizeof(tmesh_schema_reference_t)) {
        tmesh_schema_reference_t reference;
        memcpy(&reference, compiler->references->data + at, sizeof reference);
        follow(compiler, &reference);
    }
}
