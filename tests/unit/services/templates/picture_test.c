// Pictures of steps: the tree of lines, Mermaid, DOT.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/templates/picture.h"

static const uint16_t p0[] = {0};
static const uint16_t p1[] = {1};
static const uint16_t p12[] = {1, 2};
static const uint16_t p13[] = {0, 3};

static const tmesh_picture_node_t diamond[] = {
    {"start", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, NULL, 0},
    {"left", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, p0, 1},
    {"right", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, p0, 1},
    {"end", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, p12, 2},
};

static void assert_text(const tmesh_picture_t *picture, const char *expected)
{
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_picture_write_text(picture, &tmesh_picture_glyphs_ascii, out);
    assert_string_equal(tmesh_buffer_text(out), expected);
}

static void a_tree_names_what_else_a_step_waits_for(void **state)
{
    (void)state;
    assert_text(&(tmesh_picture_t){"t", diamond, 4},
                "start\n"
                "|- left\n"
                "|  `- end  also after right\n"
                "`- right\n");
}

static void states_and_notes_stand_in_columns(void **state)
{
    (void)state;
    static const tmesh_picture_node_t nodes[] = {
        {"\xc3\xa4", TMESH_STEP_TYPE_DECISION, true, "complete", "1/3  12 ms", NULL, 0},
        {"b", TMESH_STEP_TYPE_STANDARD, false, "enqueued", NULL, p0, 1},
        {"c", TMESH_STEP_TYPE_STANDARD, false, "in_progress", "2/3", p0, 1},
        {"other", TMESH_STEP_TYPE_STANDARD, true, "pending", "", NULL, 0},
    };
    assert_text(&(tmesh_picture_t){"t", nodes, 4},
                "\xc3\xa4 (decision)  complete     1/3  12 ms\n"
                "|- b          enqueued\n"
                "`- c          in_progress  2/3\n"
                "other         pending\n");
}

static void a_step_hangs_below_the_parent_that_comes_last(void **state)
{
    (void)state;
    // Also when the steps are not in the order in which they run.
    static const uint16_t p2[] = {2};
    static const tmesh_picture_node_t nodes[] = {
        {"a", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, NULL, 0},
        {"d", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, p13, 2},
        {"b", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, p0, 1},
        {"c", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, p2, 1},
    };
    assert_text(&(tmesh_picture_t){"t", nodes, 4},
                "a\n"
                "`- b\n"
                "   `- c\n"
                "      `- d  also after a\n");
}

static void depth_and_damage_are_bounded(void **state)
{
    (void)state;
    enum { DEPTH = 2000 };
    static tmesh_picture_node_t chain[DEPTH];
    static uint16_t parents[DEPTH];
    for (uint16_t i = 0; i < DEPTH; i++) {
        parents[i] = i ? i - 1 : 0;
        chain[i] = (tmesh_picture_node_t){.name = "s",
                                          .type = TMESH_STEP_TYPE_STANDARD,
                                          .exists_at_start = true,
                                          .parents = &parents[i],
                                          .parent_count = i > 0};
    }
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_picture_write_text(&(tmesh_picture_t){"t", chain, DEPTH}, &tmesh_picture_glyphs_utf8,
                             out);
    size_t lines = 0;
    for (const char *at = tmesh_buffer_text(out); (at = strchr(at, '\n')); at++) lines++;
    assert_int_equal(lines, DEPTH);
    assert_true(out->size < DEPTH * 128);

    // No template has a cycle; one that came from elsewhere must not hang us.
    static const tmesh_picture_node_t cycle[] = {
        {"a", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, p1, 1},
        {"b", TMESH_STEP_TYPE_STANDARD, true, NULL, NULL, p0, 1},
    };
    tmesh_buffer_clear(out);
    tmesh_picture_write_text(&(tmesh_picture_t){"t", cycle, 2}, &tmesh_picture_glyphs_utf8, out);
    assert_true(strchr(tmesh_buffer_text(out), 'a'));
    assert_true(strchr(tmesh_buffer_text(out), 'b'));
    assert_text(&(tmesh_picture_t){"t", NULL, 0}, "");
}

static const tmesh_picture_node_t approval[] = {
    {"route", TMESH_STEP_TYPE_DECISION, true, "complete", "ignored", NULL, 0},
    {"say \"hi\" <b>", TMESH_STEP_TYPE_STANDARD, false, "error", NULL, p0, 1},
    {"split", TMESH_STEP_TYPE_BATCHABLE, true, "pending", NULL, NULL, 0},
    {"join\\", TMESH_STEP_TYPE_DEFERRED_CONVERGENCE, true, NULL, NULL, p12, 2},
    {"part", TMESH_STEP_TYPE_BATCH_WORKER, false, NULL, NULL, NULL, 0},
};

static void mermaid_has_shapes_edges_and_states(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_picture_write_mermaid(&(tmesh_picture_t){"a/b@1", approval, 5}, out);
    assert_string_equal(tmesh_buffer_text(out),
                        "---\ntitle: \"a/b@1\"\n---\nflowchart TD\n"
                        "    n0{\"route<br/>complete\"}\n"
                        "    style n0 fill:#86efac,color:#111827\n"
                        "    n1[\"say #34;hi#34; #60;b#62;<br/>error\"]\n"
                        "    style n1 fill:#fca5a5,color:#111827\n"
                        "    n2[[\"split<br/>pending\"]]\n"
                        "    n3([\"join#92;\"])\n"
                        "    n4[/\"part\"/]\n"
                        "    n0 -.-> n1\n"
                        "    n1 --> n3\n"
                        "    n2 --> n3\n");
}

static void dot_has_shapes_edges_and_states(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    tmesh_picture_write_dot(&(tmesh_picture_t){"a/b@1", approval, 5}, out);
    assert_string_equal(
        tmesh_buffer_text(out),
        "digraph task {\n    label=\"a/b@1\";\n    node [fontname=\"sans-serif\"];\n"
        "    n0 [label=\"route\\ncomplete\", shape=diamond, style=filled, fillcolor=\"#86efac\"];\n"
        "    n1 [label=\"say \\\"hi\\\" <b>\\nerror\", shape=box, style=filled, "
        "fillcolor=\"#fca5a5\"];\n"
        "    n2 [label=\"split\\npending\", shape=folder];\n"
        "    n3 [label=\"join\\\\\", shape=ellipse];\n"
        "    n4 [label=\"part\", shape=parallelogram, style=dashed];\n"
        "    n0 -> n1 [style=dashed];\n"
        "    n1 -> n3;\n"
        "    n2 -> n3;\n"
        "}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_names_what_else_a_step_waits_for),
        cmocka_unit_test(states_and_notes_stand_in_columns),
        cmocka_unit_test(a_step_hangs_below_the_parent_that_comes_last),
        cmocka_unit_test(depth_and_damage_are_bounded),
        cmocka_unit_test(mermaid_has_shapes_edges_and_states),
        cmocka_unit_test(dot_has_shapes_edges_and_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
