// actors/metrics_page.h - metrics as text for Prometheus, or as JSON: families, and their samples.
// Private to the reader; a plain value on its stack.
//
//   tmesh_metrics_page_t page = tmesh_metrics_page(out, false);
//   tmesh_metrics_page_family(&page, TMESH_FAMILY_GAUGE, "taskmesh_tasks_active", "tasks", "...");
//   tmesh_metrics_page_sample(&page, NULL, 3);
//   tmesh_metrics_page_end(&page);
#ifndef TMESH_ACTORS_METRICS_PAGE_H
#define TMESH_ACTORS_METRICS_PAGE_H

#include "services/domain/metrics.h"
#include "services/wire/writer.h"

typedef enum {
    TMESH_FAMILY_COUNTER,   // only grows while the program runs
    TMESH_FAMILY_GAUGE,     // goes up and down
    TMESH_FAMILY_HISTOGRAM, // durations in buckets, in seconds
} tmesh_family_kind_t;

typedef struct {
    const char *name; // NULL ends a list
    const char *value;
} tmesh_label_t;

typedef struct {
    tmesh_buffer_t *out; // lent
    bool as_json;
    tmesh_writer_t writer; // of JSON
    const char *family;    // the one that is open
} tmesh_metrics_page_t;

tmesh_metrics_page_t tmesh_metrics_page(tmesh_buffer_t *out, bool as_json);
// Ends the family before it. `name` is lent until the next one; `help` is a sentence.
void tmesh_metrics_page_family(tmesh_metrics_page_t *self, tmesh_family_kind_t kind,
                               const char *name, const char *unit, const char *help);
// `labels` NULL: none.
void tmesh_metrics_page_sample(tmesh_metrics_page_t *self, const tmesh_label_t *labels,
                               double value);
void tmesh_metrics_page_histogram(tmesh_metrics_page_t *self, const tmesh_label_t *labels,
                                  const tmesh_durations_t *durations);
// A family of one number.
void tmesh_metrics_page_one(tmesh_metrics_page_t *self, tmesh_family_kind_t kind, const char *name,
                            const char *unit, uint64_t value, const char *help);
// A sample with one label.
void tmesh_metrics_page_labelled(tmesh_metrics_page_t *self, const char *label, const char *text,
                                 double value);
void tmesh_metrics_page_end(tmesh_metrics_page_t *self);

#endif
