#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/base/random.h"
#include "services/templates/parse.h"

// Our own templates with bytes changed: whatever comes of it, it is either refused with a reason or
// survives being stored and loaded again.

enum { CASES_DEFAULT = 2000, CHANGES_MAX = 8 };

static const char *const names[] = {"linear", "diamond", "mixed_dag", "tree", "order_fulfillment"};

static uint64_t seed_of_this_run(void)
{
    const char *given = getenv("TMESH_PROPERTY_SEED");
    if (given) return strtoull(given, NULL, 10);
    tmesh_auto(tmesh_random) random = tmesh_random_new_system();
    return tmesh_random_next(random);
}

static int cases_of_this_run(void)
{
    const char *given = getenv("TMESH_PROPERTY_CASES");
    int cases = given ? atoi(given) : CASES_DEFAULT;
    return cases > 0 ? cases : CASES_DEFAULT;
}

static tmesh_buffer_t *read_template(const char *name)
{
    tmesh_auto_free char *path =
        tmesh_printf("%s/conf/templates/%s.yaml", TMESH_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    tmesh_buffer_t *text = tmesh_buffer_new();
    char part[4096];
    size_t size = 0;
    while ((size = fread(part, 1, sizeof part, file)) > 0) tmesh_buffer_add(text, part, size);
    fclose(file);
    return text;
}

// Characters that mean something to YAML are drawn more often than others.
static char draw_byte(tmesh_random_t *random)
{
    static const char telling[] = ":-?[]{},#&*!|>'\"%@`~ \n\t0123456789.eE+-<\\";
    if (tmesh_random_below(random, 4) == 0) return (char)tmesh_random_below(random, 256);
    return telling[tmesh_random_below(random, sizeof telling - 1)];
}

static void mutate(tmesh_buffer_t *text, tmesh_random_t *random)
{
    size_t changes = 1 + tmesh_random_below(random, CHANGES_MAX);
    for (size_t i = 0; i < changes && text->size > 1; i++) {
        size_t at = tmesh_random_below(random, text->size);
        size_t run = tmesh_random_below(random, 40) + 1;
        if (run > text->size - at) run = text->size - at;
        switch (tmesh_random_below(random, 5)) {
        case 0: text->data[at] = draw_byte(random); break;
        case 1: // one more
            tmesh_buffer_add(text, "", 1);
            memmove(text->data + at + 1, text->data + at, text->size - at - 1);
            text->data[at] = draw_byte(random);
            break;
        case 2: // some fewer
            memmove(text->data + at, text->data + at + run, text->size - at - run);
            text->size -= run;
            break;
        case 3: { // a part again, elsewhere
            size_t to = tmesh_random_below(random, text->size - run + 1);
            memmove(text->data + to, text->data + at, run);
            break;
        }
        default: // the end is lost, now and then
            if (tmesh_random_below(random, 8) == 0) text->size = at;
            break;
        }
    }
}

static void check(tmesh_bytes_t text, const char *environment)
{
    tmesh_auto(tmesh_template_report) report = tmesh_template_report_new("mutated.yaml");
    tmesh_auto(tmesh_definition) definition = NULL;
    tmesh_auto(tmesh_definition) loaded = NULL;
    tmesh_err_t err = tmesh_template_parse(text, environment, report, &definition);
    assert_int_equal(err != TMESH_OK, report->error_count > 0);
    assert_int_equal(err != TMESH_OK, definition == NULL);
    if (err) return;
    assert_int_equal(tmesh_template_load(tmesh_bytes_of_text(definition->json), &loaded), TMESH_OK);
    assert_string_equal(loaded->json, definition->json);
    assert_memory_equal(loaded->hash, definition->hash, sizeof loaded->hash);
    assert_int_equal(loaded->step_count, definition->step_count);
    for (uint16_t i = 0; i < loaded->step_count; i++) {
        assert_string_equal(loaded->steps[i].initialization_json,
                            definition->steps[i].initialization_json);
    }
}

static void mutated_templates_are_refused_or_kept(void **state)
{
    (void)state;
    uint64_t seed = seed_of_this_run();
    int cases = cases_of_this_run();
    print_message("TMESH_PROPERTY_SEED=%llu, %d cases\n", (unsigned long long)seed, cases);
    tmesh_auto(tmesh_random) random = tmesh_random_new_seeded(seed);
    tmesh_buffer_t *originals[TMESH_COUNT_OF(names)];
    for (size_t i = 0; i < TMESH_COUNT_OF(names); i++) originals[i] = read_template(names[i]);
    for (int i = 0; i < cases; i++) {
        tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
        const tmesh_buffer_t *original = originals[i % (int)TMESH_COUNT_OF(names)];
        tmesh_buffer_add(text, original->data, original->size);
        mutate(text, random);
        check(tmesh_buffer_bytes(text), tmesh_random_below(random, 2) ? "test" : NULL);
    }
    for (size_t i = 0; i < TMESH_COUNT_OF(names); i++) tmesh_buffer_destroy(&originals[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutated_templates_are_refused_or_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
