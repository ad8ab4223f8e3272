#include "tests/simulation/support/sim.h"

#include <assert.h>
#include <stdio.h>

#include "actors/effects.h"
#include "runtime/base/memory.h"
#include "runtime/registry.h"
#include "services/store/sqlite/store_sqlite.h"
#include "tests/simulation/support/history.h"
#include "tests/simulation/support/player.h"

enum { TURNS_MAX = 1000000, TASKS_MAX = 4096, ASKED_AGAIN_MAX = 20, START_MS = 1800000000, ACTORS = 5 };

struct tmesh_sim {
    tmesh_sim_config_t config;
    tmesh_clock_t *clock;
    tmesh_store_t *own_store;
    tmesh_store_t *store; // it, or what the test has put before it
    tmesh_reader_t *reader;
    tmesh_audience_t *audience; // NULL: nobody listens
    tmesh_settings_t settings;
    tmesh_metrics_t *metrics; // of all lives
    tmesh_actor_services_t services;
    tmesh_registry_t *registry;
    tmesh_stage_t stage;
    tmesh_task_id_t tasks[TASKS_MAX];
    size_t task_count;
    uint64_t lives;
};

static void begin_life(tmesh_sim_t *self)
{
    static const char *const namespaces[] = {"sim", "sim_two"};
    tmesh_credit_t *credit = tmesh_credit_new();
    self->stage.credit = credit;
    self->stage.offer = tmesh_credit_offer(credit, namespaces, 2, NULL, 0);
    tmesh_credit_add(credit, self->stage.offer, 2 * (int64_t)self->config.capacity);
    tmesh_credit_note_workers(credit, self->stage.offer, self->config.capacity);
    self->services = (tmesh_actor_services_t){
        .store = self->store,
        .credit = credit,
        .settings = &self->settings,
        .metrics = self->metrics,
        .audience = self->audience,
    };

    uint32_t taken_over = 0;
    tmesh_err_t err = tmesh_store_take_over(
        self->store, tmesh_clock_now_ms(self->clock) + self->settings.adoption_ms, &taken_over);
    assert(!err);
    tmesh_registry_config_t config = {
        .clock = self->clock,
        .random_seed = self->config.seed + 1000 * ++self->lives,
    };
    err = tmesh_registry_open(&self->registry, &config);
    assert(!err);
    tmesh_registry_add(self->registry, &tmesh_task_request_class, &self->services);
    tmesh_registry_add(self->registry, &tmesh_result_processor_class, &self->services);
    tmesh_registry_add(self->registry, &tmesh_step_enqueuer_class, &self->services);
    tmesh_registry_add(self->registry, &tmesh_task_finalizer_class, &self->services);
    if (self->audience) {
        tmesh_registry_add(self->registry, &tmesh_publisher_class, &self->config);
    }
    tmesh_registry_add(self->registry, &tmesh_gateway_class, &self->stage);
    tmesh_context_lose_tells(tmesh_registry_context(self->registry), self->config.lose_percent);
    tmesh_fault_t *fault = NULL;
    err = tmesh_registry_start(self->registry, &fault);
    assert(!err);
}

static void end_life(tmesh_sim_t *self)
{
    tmesh_registry_destroy(&self->registry);
    tmesh_credit_destroy(&self->stage.credit);
}

tmesh_sim_t *tmesh_sim_open(const tmesh_sim_config_t *config)
{
    assert(config->seed);
    tmesh_sim_t *self = tmesh_alloc(sizeof *self);
    self->config = *config;
    self->clock = tmesh_clock_new_fake(START_MS);
    tmesh_store_sqlite_config_t sqlite = {.path = ":memory:", .clock = self->clock};
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err = tmesh_store_sqlite_open(&self->own_store, &sqlite, &fault);
    if (!err) err = tmesh_store_sqlite_open_reader(self->own_store, &self->reader);
    assert(!err);
    self->store = config->wrap ? config->wrap(config->wrap_self, self->own_store) : self->own_store;
    self->settings = (tmesh_settings_t){
        .hand_off_ms = 5000,
        .step_timeout_default_ms = 3600000,
        .unclaimed_warning_ms = 600000,
        .adoption_ms = 3000,
    };
    if (config->adjust) config->adjust(&self->settings);
    self->metrics = tmesh_metrics_new();
    if (config->hear) {
        self->audience = tmesh_audience_new();
        tmesh_audience_set(self->audience, 1);
    }
    self->stage.config = &self->config;
    self->stage.random = tmesh_random_new_seeded(config->seed);
    begin_life(self);
    return self;
}

void tmesh_sim_destroy(tmesh_sim_t **self_p)
{
    tmesh_sim_t *self = *self_p;
    if (!self) return;
    end_life(self);
    while (self->stage.runs) {
        tmesh_played_run_t *next = self->stage.runs->next;
        tmesh_free(self->stage.runs);
        self->stage.runs = next;
    }
    tmesh_fault_destroy(&self->stage.submission_fault);
    tmesh_fault_destroy(&self->stage.template_fault);
    tmesh_random_destroy(&self->stage.random);
    tmesh_reader_destroy(&self->reader);
    tmesh_store_destroy(&self->own_store);
    tmesh_metrics_destroy(&self->metrics);
    tmesh_audience_destroy(&self->audience);
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    *self_p = NULL;
}

void tmesh_sim_put_template(tmesh_sim_t *self, const char *yaml)
{
    self->stage.template_err = TMESH_ERR_TIMEOUT;
    tmesh_player_put_template(&self->stage, yaml);
    tmesh_sim_settle(self);
    if (self->stage.template_fault) puts(self->stage.template_fault->message);
    assert(self->stage.template_err == TMESH_OK);
}

tmesh_submission_answer_t tmesh_sim_submit(tmesh_sim_t *self, const tmesh_submission_t *submission)
{
    tmesh_player_submit(&self->stage, submission);
    tmesh_sim_settle(self);
    return self->stage.submission;
}

tmesh_task_id_t tmesh_sim_start(tmesh_sim_t *self, const char *name, const char *context_json)
{
    char key[32];
    snprintf(key, sizeof key, "sim-%zu", self->task_count);
    tmesh_submission_t submission = {
        .namespace_name = "sim",
        .name = name,
        .context = tmesh_bytes_of_text(context_json),
        .idempotency_key = key,
    };
    tmesh_submission_answer_t answer = tmesh_sim_submit(self, &submission);
    for (int i = 0; self->stage.submission_err && i < ASKED_AGAIN_MAX; i++) {
        tmesh_sim_pass(self, 1000);
        answer = tmesh_sim_submit(self, &submission);
    }
    assert(!self->stage.submission_err);
    if (answer.fault) puts(answer.fault->message);
    assert(!answer.fault);
    assert(self->task_count < TASKS_MAX);
    self->tasks[self->task_count++] = answer.task_id;
    return answer.task_id;
}

tmesh_err_t tmesh_sim_cancel(tmesh_sim_t *self, tmesh_task_id_t id)
{
    self->stage.cancel_err = TMESH_ERR_TIMEOUT;
    tmesh_player_cancel(&self->stage, id);
    tmesh_sim_settle(self);
    return self->stage.cancel_err;
}

tmesh_finalize_action_t tmesh_sim_finalize(tmesh_sim_t *self, tmesh_task_id_t id)
{
    tmesh_player_finalize(&self->stage, id);
    tmesh_sim_settle(self);
    return self->stage.finalize_action;
}

tmesh_stage_t *tmesh_sim_stage(tmesh_sim_t *self)
{
    return &self->stage;
}

// Every actor at most once, in an order that the seed gives.
static size_t turn_shuffled(tmesh_sim_t *self, bool everybody)
{
    size_t order[ACTORS];
    size_t handled = 0;
    for (size_t i = 0; i < ACTORS; i++) {
        size_t other = (size_t)tmesh_random_below(self->stage.random, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    for (size_t i = 0; i < ACTORS; i++) {
        size_t taken = 0;
        if (!everybody && tmesh_random_below(self->stage.random, 2)) continue;
        tmesh_err_t err = tmesh_registry_turn_one(self->registry, order[i], &taken);
        assert(!err);
        handled += taken;
    }
    return handled;
}

static size_t turn(tmesh_sim_t *self)
{
    if (self->config.shuffled) return turn_shuffled(self, true);
    size_t handled = 0;
    tmesh_err_t err = tmesh_registry_turn(self->registry, &handled);
    assert(!err);
    return handled;
}

void tmesh_sim_stir(tmesh_sim_t *self)
{
    while (tmesh_random_below(self->stage.random, 2)) (void)turn_shuffled(self, false);
}

void tmesh_sim_settle(tmesh_sim_t *self)
{
    for (int i = 0; i < TURNS_MAX; i++) {
        size_t handled = turn(self);
        bool due = tmesh_registry_due_ms(self->registry) <=
                   tmesh_clock_monotonic_ms(self->clock);
        if (handled == 0 && !due) return;
    }
    assert(!"somebody is always busy");
}

static bool all_settled(tmesh_sim_t *self)
{
    for (size_t i = 0; i < self->task_count; i++) {
        if (!tmesh_task_state_is_settled(tmesh_sim_task(self, self->tasks[i]).state)) return false;
    }
    return true;
}

bool tmesh_sim_run(tmesh_sim_t *self, int64_t for_ms)
{
    int64_t until_ms = tmesh_clock_monotonic_ms(self->clock) + for_ms;
    tmesh_sim_settle(self);
    while (!all_settled(self)) {
        int64_t due_ms = tmesh_registry_due_ms(self->registry);
        if (due_ms > until_ms) return false;
        int64_t wait_ms = due_ms - tmesh_clock_monotonic_ms(self->clock);
        tmesh_clock_advance_ms(self->clock, wait_ms > 0 ? wait_ms : 0);
        tmesh_sim_settle(self);
    }
    return true;
}

void tmesh_sim_pass(tmesh_sim_t *self, int64_t by_ms)
{
    int64_t until_ms = tmesh_clock_monotonic_ms(self->clock) + by_ms;
    tmesh_sim_settle(self);
    while (tmesh_clock_monotonic_ms(self->clock) < until_ms) {
        int64_t now_ms = tmesh_clock_monotonic_ms(self->clock);
        int64_t due_ms = tmesh_registry_due_ms(self->registry);
        if (due_ms > until_ms) due_ms = until_ms;
        tmesh_clock_advance_ms(self->clock, due_ms > now_ms ? due_ms - now_ms : 0);
        tmesh_sim_settle(self);
    }
}

void tmesh_sim_crash(tmesh_sim_t *self, bool worker_survives)
{
    end_life(self);
    while (!worker_survives && self->stage.runs) {
        tmesh_played_run_t *next = self->stage.runs->next;
        tmesh_free(self->stage.runs);
        self->stage.runs = next;
    }
    begin_life(self);
    tmesh_player_come_back(&self->stage);
}

tmesh_store_t *tmesh_sim_store(tmesh_sim_t *self)
{
    return self->store;
}

tmesh_reader_t *tmesh_sim_reader(tmesh_sim_t *self)
{
    return self->reader;
}

const tmesh_metrics_t *tmesh_sim_metrics(const tmesh_sim_t *self)
{
    return self->metrics;
}

const tmesh_clock_t *tmesh_sim_clock(const tmesh_sim_t *self)
{
    return self->clock;
}

uint32_t tmesh_sim_runs_begun(const tmesh_sim_t *self)
{
    return self->stage.runs_begun;
}

uint32_t tmesh_sim_results_accepted(const tmesh_sim_t *self)
{
    return self->stage.results_accepted;
}

void tmesh_sim_check(tmesh_sim_t *self)
{
    tmesh_history_check_store(self->reader);
    for (size_t i = 0; i < self->task_count; i++) {
        tmesh_history_check(self->reader, self->tasks[i]);
    }
}
