#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/random.h"
#include "services/templates/schema.h"

// Random schemas, right and wrong, on random instances: nothing crashes, and what two schemas must
// say of one instance by the meaning of `not`, allOf, anyOf and enum, they say.

enum { CASES_DEFAULT = 2000, INSTANCES = 4, DEPTH_MAX = 3, CHANGES_MAX = 4, GROUPS = 12 };

static const char *const keys[] = {"a", "b", "foo", "~x/y", "\\u00e9", "\\ud800", ""};
static const char *const strings[] = {"", "a", "ab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
                                      "\\ud83d\\ude00", "\\ud800", "\\u0000", "foo", "1"};
static const char *const numbers[] = {"0", "-0.0", "1", "1.0", "10e-1", "2", "-3.5", "0.1", "0.01",
                                      "1e400", "3e-99999999999999999999",
                                      "123456789012345678901234567890"};
static const char *const counts[] = {"0", "1", "2", "3.0", "1e1", "1e400"};
static const char *const patterns[] = {"^a", "(a+)+$", "\\\\d", "^.{0,2}$", "\\\\ud800", "[^a]"};
static const char *const refs[] = {"#/$defs/d0", "#/$defs/d1", "#/$defs/d2"};
static const char *const types[] = {"null", "boolean", "integer", "number",
                                    "string", "array", "object"};
static const char *const wrong[] = {"\"type\":\"float\"", "\"pattern\":\"(\"", "\"allOf\":[]",
                                    "\"minimum\":\"1\"",   "\"$ref\":\"#/no\"", "\"items\":[{}]",
                                    "\"multipleOf\":-1",   "\"not\":null"};

typedef struct {
    tmesh_random_t *random;
    tmesh_buffer_t *out;
} writer_t;

static size_t draw(const writer_t *self, size_t below)
{
    return (size_t)tmesh_random_below(self->random, below);
}

#define DRAW(list) (list)[draw(self, TMESH_COUNT_OF(list))]

static void write_instance(writer_t *self, int depth)
{
    size_t count = draw(self, 4);
    switch (draw(self, depth < DEPTH_MAX ? 8 : 5)) {
    case 0: tmesh_buffer_add_text(self->out, "null"); return;
    case 1: tmesh_buffer_add_text(self->out, draw(self, 2) ? "true" : "false"); return;
    case 2:
    case 3: tmesh_buffer_add_text(self->out, DRAW(numbers)); return;
    case 4: tmesh_buffer_printf(self->out, "\"%s\"", DRAW(strings)); return;
    case 5:
        for (size_t i = 0; i < count; i++) {
            tmesh_buffer_add_text(self->out, i ? "," : "[");
            write_instance(self, depth + 1);
        }
        tmesh_buffer_add_text(self->out, count ? "]" : "[]");
        return;
    default:
        for (size_t i = 0; i < count; i++) {
            const char *key = keys[(i * 2 + count) % TMESH_COUNT_OF(keys)];
            tmesh_buffer_printf(self->out, "%s\"%s\":", i ? "," : "{", key);
            write_instance(self, depth + 1);
        }
        tmesh_buffer_add_text(self->out, count ? "}" : "{}");
    }
}

static void write_schema(writer_t *self, int depth);

static void write_schemas(writer_t *self, int depth)
{
    size_t count = 1 + draw(self, 3);
    tmesh_buffer_add_text(self->out, "[");
    for (size_t i = 0; i < count; i++) {
        if (i) tmesh_buffer_add_text(self->out, ",");
        write_schema(self, depth + 1);
    }
    tmesh_buffer_add_text(self->out, "]");
}

static void write_map(writer_t *self, int depth, const char *const *names, size_t name_count)
{
    size_t count = draw(self, 4);
    size_t first = draw(self, name_count);
    tmesh_buffer_add_text(self->out, "{");
    for (size_t i = 0; i < count; i++) {
        tmesh_buffer_printf(self->out, "%s\"%s\":", i ? "," : "", names[(first + i) % name_count]);
        write_schema(self, depth + 1);
    }
    tmesh_buffer_add_text(self->out, "}");
}

static void write_instances(writer_t *self)
{
    tmesh_buffer_add_text(self->out, "[");
    write_instance(self, 1);
    tmesh_buffer_add_text(self->out, ",");
    write_instance(self, 1);
    tmesh_buffer_add_text(self->out, "]");
}

// A group gives one keyword, so different groups give different ones, or nearly always.
static void write_keyword(writer_t *self, int depth, size_t group)
{
    static const char *const of_number[] = {"minimum", "maximum", "exclusiveMinimum",
                                            "exclusiveMaximum"};
    static const char *const of_count[] = {"minLength", "maxLength", "minItems", "maxItems",
                                           "minProperties", "maxProperties", "minContains",
                                           "maxContains"};
    static const char *const of_schema[] = {"items", "contains", "additionalProperties", "not",
                                            "propertyNames", "if", "then", "else", "x-other",
                                            "additionalItems"};
    static const char *const of_schemas[] = {"allOf", "anyOf", "oneOf", "prefixItems"};
    static const char *const of_map[] = {"properties", "dependentSchemas", "dependencies"};
    if (draw(self, 50) == 0) {
        tmesh_buffer_add_text(self->out, DRAW(wrong));
        return;
    }
    switch (group % GROUPS) {
    case 0: tmesh_buffer_printf(self->out, "\"%s\":%s", DRAW(of_number), DRAW(numbers)); return;
    case 10: tmesh_buffer_printf(self->out, "\"%s\":%s", DRAW(of_count), DRAW(counts)); return;
    case 11: tmesh_buffer_add_text(self->out, "\"multipleOf\":0.1"); return;
    case 1: tmesh_buffer_printf(self->out, "\"type\":\"%s\"", DRAW(types)); return;
    case 2: tmesh_buffer_printf(self->out, "\"pattern\":\"%s\"", DRAW(patterns)); return;
    case 3: // mostly below the value, where it may lead back
        if (draw(self, 4)) {
            tmesh_buffer_printf(self->out, "\"items\":{\"$ref\":\"%s\"}", DRAW(refs));
        } else {
            tmesh_buffer_printf(self->out, "\"$ref\":\"%s\"", DRAW(refs));
        }
        return;
    case 4:
        tmesh_buffer_add_text(self->out, draw(self, 2) ? "\"enum\":" : "\"const\":");
        write_instances(self);
        return;
    case 5:
        if (draw(self, 2)) tmesh_buffer_add_text(self->out, "\"uniqueItems\":true,");
        tmesh_buffer_printf(self->out, "\"required\":[\"%s\",\"%s\"]", keys[draw(self, 3)],
                            keys[3 + draw(self, 4)]);
        return;
    case 6:
        tmesh_buffer_printf(self->out, "\"%s\":", DRAW(of_schemas));
        write_schemas(self, depth);
        return;
    case 7:
        tmesh_buffer_printf(self->out, "\"%s\":", DRAW(of_map));
        write_map(self, depth, keys, TMESH_COUNT_OF(keys));
        return;
    case 8:
        tmesh_buffer_add_text(self->out, "\"patternProperties\":");
        write_map(self, depth, patterns, TMESH_COUNT_OF(patterns));
        return;
    default:
        tmesh_buffer_printf(self->out, "\"%s\":", DRAW(of_schema));
        write_schema(self, depth + 1);
    }
}

static void write_schema(writer_t *self, int depth)
{
    if (depth > DEPTH_MAX || draw(self, 8) == 0) {
        tmesh_buffer_add_text(self->out, draw(self, 3) ? "true" : "false");
        return;
    }
    size_t count = 1 + draw(self, 3);
    size_t first = draw(self, GROUPS);
    for (size_t i = 0; i < count; i++) {
        tmesh_buffer_add_text(self->out, i ? "," : "{");
        write_keyword(self, depth, first + i * 5);
    }
    tmesh_buffer_add_text(self->out, "}");
}

// The body, without its braces, so that it can be used inside another schema.
static tmesh_buffer_t *random_definitions(tmesh_random_t *random)
{
    tmesh_buffer_t *text = tmesh_buffer_new();
    writer_t writer = {random, text};
    if (tmesh_random_below(random, 2)) {
        tmesh_buffer_add_text(text, "\"$schema\":\"http://json-schema.org/draft-07/schema#\",");
    }
    tmesh_buffer_add_text(text, "\"$defs\":{\"s\":");
    write_schema(&writer, 0);
    for (int i = 0; i < 3; i++) {
        tmesh_buffer_printf(text, ",\"d%d\":", i);
        write_schema(&writer, 1);
    }
    tmesh_buffer_add_text(text, "}");
    return text;
}

static void ignore(void *self, const tmesh_schema_issue_t *issue)
{
    *(size_t *)self += issue->is_error;
    assert_true(strlen(issue->message) > 0 && strlen(issue->code) > 0);
}

static tmesh_schema_t *compile(tmesh_bytes_t text)
{
    size_t errors = 0;
    tmesh_schema_t *schema = NULL;
    tmesh_err_t err = tmesh_schema_compile(text, ignore, &errors, &schema);
    assert_int_equal(err != TMESH_OK, errors > 0);
    assert_int_equal(err != TMESH_OK, schema == NULL);
    return schema;
}

typedef enum { FITS, DOES_NOT, UNDECIDED } verdict_t;

static verdict_t judge(const tmesh_schema_t *schema, tmesh_bytes_t instance)
{
    tmesh_auto(tmesh_schema_violations) violations = tmesh_schema_violations_new();
    bool fits = tmesh_schema_validate(schema, instance, violations);
    assert_int_equal(fits, violations->count == 0);
    for (size_t i = 0; i < violations->count; i++) {
        assert_true(strlen(violations->items[i].message) > 0);
        if (strcmp(violations->items[i].code, "schema_violation") != 0) return UNDECIDED;
    }
    return fits ? FITS : DOES_NOT;
}

// {<definitions>, <rule on {"$ref":"#/$defs/s"}>}
static verdict_t judge_by(const tmesh_buffer_t *definitions, const char *rule,
                          tmesh_bytes_t instance)
{
    tmesh_auto_free char *text = tmesh_printf("{%s,%s}", definitions->data, rule);
    tmesh_auto(tmesh_schema) schema = compile(tmesh_bytes_of_text(text));
    return schema ? judge(schema, instance) : UNDECIDED;
}

#define S "{\"$ref\":\"#/$defs/s\"}"

static void check_instance(const tmesh_buffer_t *definitions, tmesh_random_t *random)
{
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    writer_t writer = {random, text};
    write_instance(&writer, 0);
    tmesh_bytes_t instance = tmesh_buffer_bytes(text);
    verdict_t verdict = judge_by(definitions, "\"allOf\":[" S "]", instance);
    verdict_t opposite = judge_by(definitions, "\"not\":" S, instance);
    if (verdict == UNDECIDED || opposite == UNDECIDED) return;
    if (verdict == opposite) print_error("%s\n%s\n", definitions->data, text->data);
    assert_int_not_equal(verdict, opposite);
    assert_int_equal(verdict, judge_by(definitions, "\"anyOf\":[false," S "]", instance));
    assert_int_equal(verdict, judge_by(definitions, "\"oneOf\":[" S ",false]", instance));
    assert_int_equal(opposite, judge_by(definitions, "\"if\":" S ",\"then\":false", instance));
    assert_int_equal(verdict, judge_by(definitions, "\"not\":{\"not\":" S "}", instance));
    tmesh_auto_free char *itself = tmesh_printf("\"enum\":[[],%s]", text->data);
    assert_int_equal(judge_by(definitions, itself, instance), FITS);
}

static void check_damaged(tmesh_buffer_t *text, tmesh_random_t *random)
{
    static const char telling[] = "{}[]\",:\\0123456789.e-u$#/truefalsn ";
    size_t changes = 1 + tmesh_random_below(random, CHANGES_MAX);
    for (size_t i = 0; i < changes; i++) {
        size_t at = tmesh_random_below(random, text->size);
        text->data[at] = telling[tmesh_random_below(random, sizeof telling - 1)];
    }
    tmesh_auto(tmesh_schema) schema = compile(tmesh_buffer_bytes(text));
    tmesh_auto(tmesh_schema) any = compile(tmesh_bytes_of_text("{}"));
    (void)judge(any, tmesh_buffer_bytes(text));
    if (schema) (void)judge(schema, tmesh_bytes_of_text("{\"a\":[1,\"x\"],\"$defs\":null}"));
}

static void random_schemas_keep_their_promises(void **state)
{
    (void)state;
    const char *given = getenv("TMESH_PROPERTY_SEED");
    const char *given_cases = getenv("TMESH_PROPERTY_CASES");
    tmesh_auto(tmesh_random) system = tmesh_random_new_system();
    uint64_t seed = given ? strtoull(given, NULL, 10) : tmesh_random_next(system);
    int cases = given_cases && atoi(given_cases) > 0 ? atoi(given_cases) : CASES_DEFAULT;
    print_message("TMESH_PROPERTY_SEED=%llu, %d cases\n", (unsigned long long)seed, cases);
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(seed);
    for (int i = 0; i < cases; i++) {
        tmesh_auto(tmesh_buffer) definitions = random_definitions(random);
        for (int j = 0; j < INSTANCES; j++) check_instance(definitions, random);
        tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
        tmesh_buffer_printf(text, "{%s,\"$ref\":\"#/$defs/s\"}", definitions->data);
        check_damaged(text, random);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_schemas_keep_their_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
