#include "actors/metrics_page.h"

#include <inttypes.h>
#include <stdio.h>

#include "runtime/base/memory.h"

enum { NUMBER_BYTES = 32, BILLION = 1000000000 };
typedef char number_t[NUMBER_BYTES];

static const char *const kind_words[] = {
    [TMESH_FAMILY_COUNTER] = "counter",
    [TMESH_FAMILY_GAUGE] = "gauge",
    [TMESH_FAMILY_HISTOGRAM] = "histogram",
};

// With up to nine decimals. Not by %g, which asks the locale of the program around us for the
// decimal point.
static const char *number_text(double value, number_t text)
{
    uint64_t whole = (uint64_t)value;
    uint64_t billionths = (uint64_t)((value - (double)whole) * BILLION + 0.5);
    if (billionths == BILLION) {
        whole++;
        billionths = 0;
    }
    int size = snprintf(text, NUMBER_BYTES, "%" PRIu64 ".%09" PRIu64, whole, billionths);
    while (text[size - 1] == '0') size--;
    if (text[size - 1] == '.') size--;
    text[size] = 0;
    return text;
}

static double seconds(uint64_t ms)
{
    return (double)ms / 1000;
}

// The upper end of a bucket in seconds, as a label.
static const char *bound_text(int bucket, number_t text)
{
    if (bucket == TMESH_DURATION_BUCKETS) return "+Inf";
    return number_text(seconds((uint64_t)tmesh_duration_bounds_ms[bucket]), text);
}

// ---- Text ---------------------------------------------------------------------------------------

static void add_escaped(tmesh_buffer_t *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n') {
            tmesh_buffer_add(out, "\\n", 2);
            continue;
        }
        if (*text == '"' || *text == '\\') tmesh_buffer_add(out, "\\", 1);
        tmesh_buffer_add(out, text, 1);
    }
}

// name_suffix{labels,le="bound"} value. `bound` NULL: without it.
static void add_line(tmesh_metrics_page_t *self, const char *suffix, const tmesh_label_t *labels,
                     const char *bound, const char *value)
{
    tmesh_buffer_printf(self->out, "%s%s", self->family, suffix);
    const char *before = "{";
    for (; labels && labels->name; labels++) {
        tmesh_buffer_printf(self->out, "%s%s=\"", before, labels->name);
        add_escaped(self->out, labels->value);
        tmesh_buffer_add(self->out, "\"", 1);
        before = ",";
    }
    if (bound) {
        tmesh_buffer_printf(self->out, "%sle=\"%s\"", before, bound);
        before = ",";
    }
    tmesh_buffer_printf(self->out, "%s %s\n", *before == ',' ? "}" : "", value);
}

static void add_histogram_lines(tmesh_metrics_page_t *self, const tmesh_label_t *labels,
                                const tmesh_durations_t *durations)
{
    number_t bound;
    number_t value;
    uint64_t below = 0;
    for (int i = 0; i <= TMESH_DURATION_BUCKETS; i++) {
        below += durations->counts[i];
        add_line(self, "_bucket", labels, bound_text(i, bound), number_text((double)below, value));
    }
    add_line(self, "_sum", labels, NULL, number_text(seconds(durations->sum_ms), value));
    add_line(self, "_count", labels, NULL, number_text((double)durations->count, value));
}

// ---- JSON ---------------------------------------------------------------------------------------

static void write_number(tmesh_writer_t *writer, const char *key, double value)
{
    number_t text;
    tmesh_writer_json(writer, key, tmesh_bytes_of_text(number_text(value, text)));
}

static void open_sample(tmesh_writer_t *writer, const tmesh_label_t *labels)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_open_object(writer, "labels");
    for (; labels && labels->name; labels++) {
        tmesh_writer_text(writer, labels->name, labels->value);
    }
    tmesh_writer_close_object(writer);
}

static void write_histogram(tmesh_writer_t *writer, const tmesh_durations_t *durations)
{
    number_t bound;
    uint64_t below = 0;
    write_number(writer, "count", (double)durations->count);
    write_number(writer, "sum", seconds(durations->sum_ms));
    tmesh_writer_open_array(writer, "buckets");
    for (int i = 0; i <= TMESH_DURATION_BUCKETS; i++) {
        below += durations->counts[i];
        tmesh_writer_open_object(writer, NULL);
        tmesh_writer_text(writer, "le", bound_text(i, bound));
        write_number(writer, "count", (double)below);
        tmesh_writer_close_object(writer);
    }
    tmesh_writer_close_array(writer);
}

// ---- The page -----------------------------------------------------------------------------------

tmesh_metrics_page_t tmesh_metrics_page(tmesh_buffer_t *out, bool as_json)
{
    tmesh_metrics_page_t self = {.out = out, .as_json = as_json, .writer = tmesh_writer(out)};
    if (as_json) {
        tmesh_writer_open_object(&self.writer, NULL);
        tmesh_writer_open_array(&self.writer, "metrics");
    }
    return self;
}

static void end_family(tmesh_metrics_page_t *self)
{
    if (self->family && self->as_json) {
        tmesh_writer_close_array(&self->writer);
        tmesh_writer_close_object(&self->writer);
    }
    self->family = NULL;
}

void tmesh_metrics_page_family(tmesh_metrics_page_t *self, tmesh_family_kind_t kind,
                               const char *name, const char *unit, const char *help)
{
    end_family(self);
    self->family = name;
    if (!self->as_json) {
        tmesh_buffer_printf(self->out, "# HELP %s %s Unit: %s.\n# TYPE %s %s\n", name, help, unit,
                            name, kind_words[kind]);
        return;
    }
    tmesh_writer_open_object(&self->writer, NULL);
    tmesh_writer_text(&self->writer, "name", name);
    tmesh_writer_text(&self->writer, "type", kind_words[kind]);
    tmesh_writer_text(&self->writer, "unit", unit);
    tmesh_writer_text(&self->writer, "help", help);
    tmesh_writer_open_array(&self->writer, "samples");
}

void tmesh_metrics_page_sample(tmesh_metrics_page_t *self, const tmesh_label_t *labels,
                               double value)
{
    if (!self->as_json) {
        number_t text;
        add_line(self, "", labels, NULL, number_text(value, text));
        return;
    }
    open_sample(&self->writer, labels);
    write_number(&self->writer, "value", value);
    tmesh_writer_close_object(&self->writer);
}

void tmesh_metrics_page_histogram(tmesh_metrics_page_t *self, const tmesh_label_t *labels,
                                  const tmesh_durations_t *durations)
{
    if (!self->as_json) {
        add_histogram_lines(self, labels, durations);
        return;
    }
    open_sample(&self->writer, labels);
    write_histogram(&self->writer, durations);
    tmesh_writer_close_object(&self->writer);
}

void tmesh_metrics_page_one(tmesh_metrics_page_t *self, tmesh_family_kind_t kind, const char *name,
                            const char *unit, uint64_t value, const char *help)
{
    tmesh_metrics_page_family(self, kind, name, unit, help);
    tmesh_metrics_page_sample(self, NULL, (double)value);
}

void tmesh_metrics_page_labelled(tmesh_metrics_page_t *self, const char *label, const char *text,
                                 double value)
{
    tmesh_metrics_page_sample(self, (const tmesh_label_t[]){{label, text}, {0}}, value);
}

void tmesh_metrics_page_end(tmesh_metrics_page_t *self)
{
    end_family(self);
    if (!self->as_json) return;
    tmesh_writer_close_array(&self->writer);
    tmesh_writer_close_object(&self->writer);
}
