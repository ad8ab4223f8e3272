#include "services/domain/metrics.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/memory.h"

const int64_t tmesh_duration_bounds_ms[TMESH_DURATION_BUCKETS] = {
    5,     10,    25,    50,    100,    250,    500,     1000,    2500,
    5000, 10000, 30000, 60000, 300000, 1800000, 7200000, 86400000,
};

typedef _Atomic uint64_t number_t;

typedef struct {
    number_t counts[TMESH_DURATION_BUCKETS + 1];
    number_t sum_ms;
} histogram_t;

struct tmesh_metrics {
    number_t counts[TMESH_COUNT_COUNT];
    number_t task_moves[TMESH_TASK_STATE_COUNT][TMESH_TASK_STATE_COUNT];
    number_t step_moves[TMESH_STEP_STATE_COUNT][TMESH_STEP_STATE_COUNT];
    number_t open_tasks; // at the start
    number_t created_dlq[TMESH_DLQ_REASON_COUNT];
    number_t opened_dlq[TMESH_DLQ_REASON_COUNT]; // became pending, or were so at the start
    number_t closed_dlq[TMESH_DLQ_REASON_COUNT]; // were pending
    // An open-addressing table that only grows; its last entry is for all that find no place.
    _Atomic(char *) namespaces[TMESH_METRICS_NAMESPACES_MAX + 1];
    histogram_t durations[TMESH_METRICS_NAMESPACES_MAX + 1][TMESH_DURATION_COUNT];
};

static void add(number_t *number, uint64_t count)
{
    atomic_fetch_add_explicit(number, count, memory_order_relaxed);
}

static uint64_t get(const number_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

tmesh_metrics_t *tmesh_metrics_new(void)
{
    return tmesh_alloc(sizeof(tmesh_metrics_t)); // zeroed
}

void tmesh_metrics_destroy(tmesh_metrics_t **self_p)
{
    tmesh_metrics_t *self = *self_p;
    if (!self) return;
    for (int i = 0; i <= TMESH_METRICS_NAMESPACES_MAX; i++) {
        tmesh_free(atomic_load(&self->namespaces[i]));
    }
    tmesh_free(self);
    *self_p = NULL;
}

// ---- Counting -----------------------------------------------------------------------------------

void tmesh_metrics_add(tmesh_metrics_t *self, tmesh_count_t what, uint64_t count)
{
    assert((unsigned)what < TMESH_COUNT_COUNT);
    if (self && count) add(&self->counts[what], count);
}

void tmesh_metrics_move_task(tmesh_metrics_t *self, tmesh_task_state_t from, tmesh_task_state_t to)
{
    assert((unsigned)from < TMESH_TASK_STATE_COUNT);
    assert((unsigned)to < TMESH_TASK_STATE_COUNT);
    if (self) add(&self->task_moves[from][to], 1);
}

void tmesh_metrics_move_step(tmesh_metrics_t *self, tmesh_step_state_t from, tmesh_step_state_t to)
{
    assert((unsigned)from < TMESH_STEP_STATE_COUNT);
    assert((unsigned)to < TMESH_STEP_STATE_COUNT);
    if (self) add(&self->step_moves[from][to], 1);
}

// Is the entry of this name? A free one becomes so, unless another thread was faster.
static bool is_entry_of(_Atomic(char *) *entry, const char *name)
{
    char *found = atomic_load_explicit(entry, memory_order_acquire);
    if (found) return strcmp(found, name) == 0;
    char *mine = tmesh_strdup(name);
    if (atomic_compare_exchange_strong(entry, &found, mine)) return true;
    tmesh_free(mine);
    return strcmp(found, name) == 0;
}

static int entry_of(tmesh_metrics_t *self, const char *name)
{
    uint32_t hash = 2166136261u; // FNV-1a
    for (const char *at = name; *at; at++) hash = (hash ^ (uint8_t)*at) * 16777619u;
    for (uint32_t i = 0; i < TMESH_METRICS_NAMESPACES_MAX; i++) {
        uint32_t index = (hash + i) % TMESH_METRICS_NAMESPACES_MAX;
        if (is_entry_of(&self->namespaces[index], name)) return (int)index;
    }
    (void)is_entry_of(&self->namespaces[TMESH_METRICS_NAMESPACES_MAX], "other");
    return TMESH_METRICS_NAMESPACES_MAX;
}

static int bucket_of(int64_t duration_ms)
{
    int bucket = 0;
    while (bucket < TMESH_DURATION_BUCKETS && duration_ms > tmesh_duration_bounds_ms[bucket]) {
        bucket++;
    }
    return bucket;
}

void tmesh_metrics_observe(tmesh_metrics_t *self, tmesh_duration_t what, const char *namespace_name,
                           int64_t duration_ms)
{
    assert((unsigned)what < TMESH_DURATION_COUNT);
    if (!self) return;
    if (duration_ms < 0) duration_ms = 0;
    histogram_t *histogram = &self->durations[entry_of(self, namespace_name)][what];
    add(&histogram->counts[bucket_of(duration_ms)], 1);
    add(&histogram->sum_ms, (uint64_t)duration_ms);
}

void tmesh_metrics_move_dlq(tmesh_metrics_t *self, tmesh_dlq_reason_t reason,
                            tmesh_dlq_status_t from, tmesh_dlq_status_t to)
{
    assert((unsigned)reason < TMESH_DLQ_REASON_COUNT);
    if (!self) return;
    if (from == TMESH_DLQ_STATUS_NONE) add(&self->created_dlq[reason], 1);
    if (from == to) return;
    if (to == TMESH_DLQ_STATUS_PENDING) add(&self->opened_dlq[reason], 1);
    if (from == TMESH_DLQ_STATUS_PENDING) add(&self->closed_dlq[reason], 1);
}

void tmesh_metrics_set_pending_dlq(tmesh_metrics_t *self, tmesh_dlq_reason_t reason,
                                   uint64_t count)
{
    assert((unsigned)reason < TMESH_DLQ_REASON_COUNT);
    atomic_store_explicit(&self->opened_dlq[reason], count, memory_order_relaxed);
}

void tmesh_metrics_set_open_tasks(tmesh_metrics_t *self, uint64_t count)
{
    atomic_store_explicit(&self->open_tasks, count, memory_order_relaxed);
}

// ---- Reading ------------------------------------------------------------------------------------

uint64_t tmesh_metrics_count(const tmesh_metrics_t *self, tmesh_count_t what)
{
    assert((unsigned)what < TMESH_COUNT_COUNT);
    return get(&self->counts[what]);
}

uint64_t tmesh_metrics_task_moves(const tmesh_metrics_t *self, tmesh_task_state_t from,
                                  tmesh_task_state_t to)
{
    return get(&self->task_moves[from][to]);
}

uint64_t tmesh_metrics_step_moves(const tmesh_metrics_t *self, tmesh_step_state_t from,
                                  tmesh_step_state_t to)
{
    return get(&self->step_moves[from][to]);
}

uint64_t tmesh_metrics_tasks_into(const tmesh_metrics_t *self, tmesh_task_state_t to)
{
    uint64_t sum = 0;
    for (int from = 0; from < TMESH_TASK_STATE_COUNT; from++) {
        sum += get(&self->task_moves[from][to]);
    }
    return sum;
}

uint64_t tmesh_metrics_steps_into(const tmesh_metrics_t *self, tmesh_step_state_t to)
{
    uint64_t sum = 0;
    for (int from = 0; from < TMESH_STEP_STATE_COUNT; from++) {
        sum += get(&self->step_moves[from][to]);
    }
    return sum;
}

// A task that leaves a terminal state is open again.
uint64_t tmesh_metrics_open_tasks(const tmesh_metrics_t *self)
{
    uint64_t opened = get(&self->open_tasks);
    uint64_t ended = 0;
    for (int from = 0; from < TMESH_TASK_STATE_COUNT; from++) {
        bool was_open = from != TMESH_TASK_NONE &&
                        !tmesh_task_state_is_terminal((tmesh_task_state_t)from);
        for (int to = 0; to < TMESH_TASK_STATE_COUNT; to++) {
            bool is_open = !tmesh_task_state_is_terminal((tmesh_task_state_t)to);
            uint64_t moves = get(&self->task_moves[from][to]);
            if (is_open && !was_open) opened += moves;
            if (was_open && !is_open) ended += moves;
        }
    }
    return opened > ended ? opened - ended : 0; // an end may be read before its beginning
}

uint64_t tmesh_metrics_created_dlq(const tmesh_metrics_t *self, tmesh_dlq_reason_t reason)
{
    assert((unsigned)reason < TMESH_DLQ_REASON_COUNT);
    return get(&self->created_dlq[reason]);
}

uint64_t tmesh_metrics_pending_dlq(const tmesh_metrics_t *self, tmesh_dlq_reason_t reason)
{
    assert((unsigned)reason < TMESH_DLQ_REASON_COUNT);
    uint64_t closed = get(&self->closed_dlq[reason]); // first: what is closed was opened
    uint64_t opened = get(&self->opened_dlq[reason]);
    return opened > closed ? opened - closed : 0;
}

const char *tmesh_metrics_namespace(const tmesh_metrics_t *self, int index)
{
    assert(index >= 0 && index <= TMESH_METRICS_NAMESPACES_MAX);
    return atomic_load_explicit(&self->namespaces[index], memory_order_acquire);
}

tmesh_durations_t tmesh_metrics_durations(const tmesh_metrics_t *self, tmesh_duration_t what,
                                          int index)
{
    assert((unsigned)what < TMESH_DURATION_COUNT);
    assert(index >= 0 && index <= TMESH_METRICS_NAMESPACES_MAX);
    const histogram_t *histogram = &self->durations[index][what];
    tmesh_durations_t read = {.sum_ms = get(&histogram->sum_ms)};
    for (int i = 0; i <= TMESH_DURATION_BUCKETS; i++) {
        read.counts[i] = get(&histogram->counts[i]);
        read.count += read.counts[i];
    }
    return read;
}
