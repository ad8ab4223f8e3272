#include "services/templates/schema_words.h"

#include <string.h>

#include "runtime/base/memory.h"

typedef enum { WORKS, ANNOTATES, IS_REFUSED } use_t;

enum { DRAFT_7 = 1, DRAFT_2020 = 2, BOTH = DRAFT_7 | DRAFT_2020 };

static const struct {
    const char *keyword;
    use_t use;
    int drafts;
} words[] = {
    {"$schema", ANNOTATES, BOTH},
    {"$id", ANNOTATES, BOTH},
    {"$comment", ANNOTATES, BOTH},
    {"title", ANNOTATES, BOTH},
    {"description", ANNOTATES, BOTH},
    {"default", ANNOTATES, BOTH},
    {"examples", ANNOTATES, BOTH},
    {"deprecated", ANNOTATES, BOTH},
    {"readOnly", ANNOTATES, BOTH},
    {"writeOnly", ANNOTATES, BOTH},
    {"format", ANNOTATES, BOTH},
    {"contentEncoding", ANNOTATES, BOTH},
    {"contentMediaType", ANNOTATES, BOTH},
    {"contentSchema", ANNOTATES, BOTH},
    {"definitions", ANNOTATES, BOTH},
    {"$defs", ANNOTATES, BOTH},
    {"$anchor", ANNOTATES, DRAFT_2020},
    {"$ref", WORKS, BOTH},
    {"type", WORKS, BOTH},
    {"enum", WORKS, BOTH},
    {"const", WORKS, BOTH},
    {"minimum", WORKS, BOTH},
    {"maximum", WORKS, BOTH},
    {"exclusiveMinimum", WORKS, BOTH},
    {"exclusiveMaximum", WORKS, BOTH},
    {"multipleOf", WORKS, BOTH},
    {"minLength", WORKS, BOTH},
    {"maxLength", WORKS, BOTH},
    {"pattern", WORKS, BOTH},
    {"items", WORKS, BOTH},
    {"prefixItems", WORKS, DRAFT_2020},
    {"additionalItems", WORKS, DRAFT_7},
    {"contains", WORKS, BOTH},
    {"minContains", WORKS, DRAFT_2020},
    {"maxContains", WORKS, DRAFT_2020},
    {"minItems", WORKS, BOTH},
    {"maxItems", WORKS, BOTH},
    {"uniqueItems", WORKS, BOTH},
    {"properties", WORKS, BOTH},
    {"patternProperties", WORKS, BOTH},
    {"additionalProperties", WORKS, BOTH},
    {"propertyNames", WORKS, BOTH},
    {"required", WORKS, BOTH},
    {"minProperties", WORKS, BOTH},
    {"maxProperties", WORKS, BOTH},
    {"dependencies", WORKS, BOTH}, // 2020-12 keeps it for old schemas
    {"dependentRequired", WORKS, DRAFT_2020},
    {"dependentSchemas", WORKS, DRAFT_2020},
    {"allOf", WORKS, BOTH},
    {"anyOf", WORKS, BOTH},
    {"oneOf", WORKS, BOTH},
    {"not", WORKS, BOTH},
    {"if", WORKS, BOTH},
    {"then", WORKS, BOTH},
    {"else", WORKS, BOTH},
    {"unevaluatedItems", IS_REFUSED, BOTH},
    {"unevaluatedProperties", IS_REFUSED, BOTH},
    {"$dynamicRef", IS_REFUSED, BOTH},
    {"$dynamicAnchor", IS_REFUSED, BOTH},
    {"$recursiveRef", IS_REFUSED, BOTH},
    {"$recursiveAnchor", IS_REFUSED, BOTH},
    {"$vocabulary", IS_REFUSED, BOTH},
};

// Its place in the table, or how many there are.
static size_t find(tmesh_bytes_t keyword)
{
    size_t i = 0;
    while (i < TMESH_COUNT_OF(words) && !tmesh_bytes_equal_text(keyword, words[i].keyword)) i++;
    return i;
}

bool tmesh_schema_words_has(tmesh_bytes_t keyword, bool is_draft_7)
{
    size_t i = find(keyword);
    return i < TMESH_COUNT_OF(words) && (words[i].drafts & (is_draft_7 ? DRAFT_7 : DRAFT_2020));
}

static void check(tmesh_schema_compiler_t *compiler, const tmesh_schema_member_t *member,
                  bool is_beside_ref)
{
    size_t i = find(member->key->text);
    tmesh_auto(tmesh_buffer) name = tmesh_buffer_new();
    tmesh_schema_value_add_excerpt(member->key, name);
    if (i == TMESH_COUNT_OF(words)) {
        tmesh_schema_compiler_tell(compiler, false, "UNKNOWN_SCHEMA_KEYWORD", member->value,
                                   "%s is no keyword of JSON Schema and has no effect", name->data);
    } else if (is_beside_ref) {
        if (words[i].use == ANNOTATES || strcmp(words[i].keyword, "$ref") == 0) return;
        tmesh_schema_compiler_tell(compiler, false, "IGNORED_SCHEMA_KEYWORD", member->value,
                                   "in draft 7 %s has no effect beside $ref", name->data);
    } else if (words[i].use == IS_REFUSED) {
        tmesh_schema_compiler_tell(compiler, true, "UNSUPPORTED_SCHEMA_KEYWORD", member->value,
                                   "%s is not supported", name->data);
    } else if (!tmesh_schema_words_has(member->key->text, compiler->is_draft_7)) {
        tmesh_schema_compiler_tell(compiler, false, "UNKNOWN_SCHEMA_KEYWORD", member->value,
                                   "%s is no keyword of draft %s and has no effect", name->data,
                                   compiler->is_draft_7 ? "7" : "2020-12");
    }
}

void tmesh_schema_words_check(tmesh_schema_compiler_t *compiler, const tmesh_schema_node_t *node)
{
    bool is_beside_ref =
        compiler->is_draft_7 && tmesh_schema_compiler_find(compiler, node, "$ref") != NULL;
    for (uint32_t i = 0; i < node->value->count; i++) {
        check(compiler, &node->value->members[i], is_beside_ref);
    }
}
