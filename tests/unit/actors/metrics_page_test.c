// Both formats, letter by letter.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actors/metrics_page.h"
#include "runtime/base/memory.h"

static const tmesh_label_t hard_labels[] = {{"namespace", "a\"b\\c\nd"}, {"kind", "x"}, {0}};

static void write_numbers(tmesh_buffer_t *out, bool as_json)
{
    tmesh_metrics_page_t page = tmesh_metrics_page(out, as_json);
    tmesh_metrics_page_one(&page, TMESH_FAMILY_COUNTER, "a_total", "things", 12345678901234u,
                           "Things.");
    tmesh_metrics_page_family(&page, TMESH_FAMILY_GAUGE, "b_seconds", "seconds", "Time.");
    tmesh_metrics_page_sample(&page, hard_labels, 0.125);
    tmesh_metrics_page_labelled(&page, "kind", "y", 0);
    tmesh_metrics_page_family(&page, TMESH_FAMILY_GAUGE, "c", "things", "None yet.");
    tmesh_metrics_page_end(&page);
}

static void numbers_as_text(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    write_numbers(out, false);
    assert_string_equal(tmesh_buffer_text(out),
                        "# HELP a_total Things. Unit: things.\n"
                        "# TYPE a_total counter\n"
                        "a_total 12345678901234\n"
                        "# HELP b_seconds Time. Unit: seconds.\n"
                        "# TYPE b_seconds gauge\n"
                        "b_seconds{namespace=\"a\\\"b\\\\c\\nd\",kind=\"x\"} 0.125\n"
                        "b_seconds{kind=\"y\"} 0\n"
                        "# HELP c None yet. Unit: things.\n"
                        "# TYPE c gauge\n");
}

static void numbers_as_json(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) out = tmesh_buffer_new();
    write_numbers(out, true);
    assert_string_equal(
        tmesh_buffer_text(out),
        "{\"metrics\":["
        "{\"name\":\"a_total\",\"type\":\"counter\",\"unit\":\"things\",\"help\":\"Things.\","
        "\"samples\":[{\"labels\":{},\"value\":12345678901234}]},"
        "{\"name\":\"b_seconds\",\"type\":\"gauge\",\"unit\":\"seconds\",\"help\":\"Time.\","
        "\"samples\":[{\"labels\":{\"namespace\":\"a\\\"b\\\\c\\nd\",\"kind\":\"x\"},"
        "\"value\":0.125},{\"labels\":{\"kind\":\"y\"},\"value\":0}]},"
        "{\"name\":\"c\",\"type\":\"gauge\",\"unit\":\"things\",\"help\":\"None yet.\","
        "\"samples\":[]}]}");
}

static void write_histogram(tmesh_buffer_t *out, bool as_json)
{
    tmesh_durations_t durations = {.count = 6, .sum_ms = 86400125};
    durations.counts[0] = 3; // up to 5 ms
    durations.counts[1] = 2; // up to 10 ms
    durations.counts[TMESH_DURATION_BUCKETS] = 1;
    tmesh_metrics_page_t page = tmesh_metrics_page(out, as_json);
    tmesh_metrics_page_family(&page, TMESH_FAMILY_HISTOGRAM, "d_seconds", "seconds", "Time.");
    tmesh_metrics_page_histogram(&page, (const tmesh_label_t[]){{"namespace", "n"}, {0}},
                                 &durations);
    tmesh_metrics_page_end(&page);
}

static void the_buckets_of_a_histogram_are_summed_up(void **state)
{
    (void)state;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    write_histogram(text, false);
    static const char *const lines[] = {
        "\nd_seconds_bucket{namespace=\"n\",le=\"0.005\"} 3\n",
        "\nd_seconds_bucket{namespace=\"n\",le=\"0.01\"} 5\n",
        "\nd_seconds_bucket{namespace=\"n\",le=\"0.025\"} 5\n",
        "\nd_seconds_bucket{namespace=\"n\",le=\"86400\"} 5\n",
        "\nd_seconds_bucket{namespace=\"n\",le=\"+Inf\"} 6\n",
        "\nd_seconds_sum{namespace=\"n\"} 86400.125\n",
        "\nd_seconds_count{namespace=\"n\"} 6\n",
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(lines); i++) {
        if (!strstr(tmesh_buffer_text(text), lines[i])) fail_msg("no %s", lines[i]);
    }
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    write_histogram(json, true);
    static const char *const parts[] = {
        "\"samples\":[{\"labels\":{\"namespace\":\"n\"},\"count\":6,\"sum\":86400.125,\"buckets\":["
        "{\"le\":\"0.005\",\"count\":3},{\"le\":\"0.01\",\"count\":5},",
        "{\"le\":\"86400\",\"count\":5},{\"le\":\"+Inf\",\"count\":6}]}]}]}",
    };
    for (size_t i = 0; i < TMESH_COUNT_OF(parts); i++) {
        if (!strstr(tmesh_buffer_text(json), parts[i])) fail_msg("no %s", parts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_as_text),
        cmocka_unit_test(numbers_as_json),
        cmocka_unit_test(the_buckets_of_a_histogram_are_summed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
