// What is said and asked of runs that go on: checkpoints, beats, and questions for inputs.
#include <stdio.h>

#include "client/checkpoint_text.h"
#include "client/inside.h"
#include "client/named_results.h"
#include "client/worker_private.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/wire/status.h"

enum {
    PROGRESS_BYTES_MAX = 4096,
    BEATS_PER_MESSAGE = 1000,
};

// ---- What the program says ----------------------------------------------------------------------

void tmesh_worker_checkpoint(tmesh_worker_t *self, tmesh_worker_run_t *run, tmesh_view_t checkpoint)
{
    tmesh_held_run_t *held = tmesh_worker_held_of(run);
    if (held->state == TMESH_HELD_CANCELLED) return; // nobody will ask for it
    if (held->checkpoint) tmesh_buffer_clear(held->checkpoint);
    else held->checkpoint = tmesh_buffer_new();
    tmesh_buffer_add(held->checkpoint, checkpoint.data, checkpoint.size);
    held->checkpoint_at_ms = 0;
    held->checkpoint_sent_in = 0; // an answer to the one before says nothing of this one
    self->has_news = true;
}

int tmesh_worker_save(tmesh_worker_t *self, tmesh_worker_run_t *run,
                      const tmesh_checkpoint_t *checkpoint)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    if (tmesh_checkpoint_text_write(checkpoint, json, &fault)) return 0;
    tmesh_worker_checkpoint(self, run, tmesh_view(json->data, json->size));
    return 1;
}

tmesh_err_t tmesh_worker_check_progress(tmesh_view_t progress, tmesh_fault_t **fault_p)
{
    tmesh_json_limits_t limits = tmesh_json_limits_result;
    limits.bytes_max = PROGRESS_BYTES_MAX;
    if (!progress.data) return TMESH_OK;
    return tmesh_json_check(tmesh_bytes(progress.data, progress.size), &limits, "/progress",
                            fault_p);
}

int tmesh_worker_beat(tmesh_worker_t *self, tmesh_worker_run_t *run, tmesh_view_t progress)
{
    tmesh_held_run_t *held = tmesh_worker_held_of(run);
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_worker_check_progress(progress, &fault)) return 0;
    tmesh_bytes_t json = tmesh_bytes(progress.data, progress.size);
    if (held->state == TMESH_HELD_CANCELLED) return 1;
    if (json.data) {
        tmesh_buffer_destroy(&held->progress);
        held->progress = tmesh_buffer_new();
        tmesh_buffer_add(held->progress, json.data, json.size);
    }
    held->beats = true;
    self->has_news = true;
    return 1;
}

void tmesh_worker_ask_inputs(tmesh_worker_t *self, tmesh_worker_run_t *run,
                             const char *const *names, size_t name_count)
{
    tmesh_held_run_t *held = tmesh_worker_held_of(run);
    if (held->state == TMESH_HELD_CANCELLED) return;
    tmesh_buffer_destroy(&held->input_names);
    if (name_count > 0) {
        held->input_names = tmesh_buffer_new();
        tmesh_writer_t writer = tmesh_writer(held->input_names);
        tmesh_writer_open_array(&writer, NULL);
        for (size_t i = 0; i < name_count; i++) tmesh_writer_text(&writer, NULL, names[i]);
        tmesh_writer_close_array(&writer);
    }
    held->inputs = TMESH_HELD_INPUTS_ASKED;
    held->inputs_at_ms = 0;
    held->inputs_asked_in = 0;
    self->has_news = true;
}

tmesh_held_run_t *tmesh_worker_answered_inputs(const tmesh_worker_t *self)
{
    if (!self->has_news) return NULL;
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_RUNNING);
    while (run && run->inputs != TMESH_HELD_INPUTS_ANSWERED) run = tmesh_held_next(run);
    return run;
}

// ---- What goes out ------------------------------------------------------------------------------

static bool send_about(tmesh_worker_t *self, const tmesh_held_run_t *run, char kind,
                       const char *command, uint64_t *number)
{
    tmesh_frames_t *frames = tmesh_worker_new_message(self, kind, command, number);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_worker_write_fence(&writer, run);
    if (kind == TMESH_WORKER_ASKED_CHECKPOINT) {
        size_t index = tmesh_frames_add_payload(frames, tmesh_buffer_bytes(run->checkpoint));
        tmesh_writer_frame(&writer, "checkpoint", index);
    } else if (run->input_names) {
        tmesh_writer_json(&writer, "names", tmesh_buffer_bytes(run->input_names));
    }
    tmesh_writer_close_object(&writer);
    tmesh_frames_take_body(frames, body);
    return tmesh_worker_send(self, &frames);
}

// What of one run is due. Running or answering: a failure may wait for its checkpoint.
static void send_of(tmesh_worker_t *self, tmesh_held_run_t *run, int64_t now_ms)
{
    if (run->checkpoint && run->checkpoint_at_ms <= now_ms &&
        send_about(self, run, TMESH_WORKER_ASKED_CHECKPOINT, "STEP.CHECKPOINT",
                   &run->checkpoint_sent_in)) {
        run->checkpoint_at_ms = now_ms + self->options.resend_after_ms;
    }
    if (run->inputs == TMESH_HELD_INPUTS_ASKED && run->inputs_at_ms <= now_ms &&
        send_about(self, run, TMESH_WORKER_ASKED_INPUTS, "STEP.INPUTS", &run->inputs_asked_in)) {
        run->inputs_at_ms = now_ms + self->options.resend_after_ms;
    }
}

static void write_beat(tmesh_writer_t *writer, const tmesh_held_run_t *run)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_worker_write_fence(writer, run);
    if (run->progress) tmesh_writer_json(writer, "progress", tmesh_buffer_bytes(run->progress));
    tmesh_writer_close_object(writer);
}

static void send_beats(tmesh_worker_t *self, int64_t now_ms)
{
    if (now_ms < self->news_at_ms + self->heartbeat_ms) return;
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_RUNNING);
    while (run) { // ends with the runs
        tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
        tmesh_writer_t writer = tmesh_writer(body);
        tmesh_writer_open_object(&writer, NULL);
        tmesh_writer_text(&writer, "session", self->session);
        tmesh_writer_open_array(&writer, "runs");
        size_t count = 0;
        for (; run && count < BEATS_PER_MESSAGE; run = tmesh_held_next(run)) {
            if (!run->beats) continue;
            write_beat(&writer, run);
            run->beats = false; // one that is lost is followed by others
            count++;
        }
        if (count == 0) return;
        tmesh_writer_close_array(&writer);
        tmesh_writer_close_object(&writer);
        tmesh_frames_t *frames =
            tmesh_worker_new_message(self, TMESH_WORKER_ASKED_RUNS, "STEP.HEARTBEAT", NULL);
        tmesh_frames_take_body(frames, body);
        if (!tmesh_worker_send(self, &frames)) return;
        self->news_at_ms = now_ms;
    }
}

static bool has_news(const tmesh_held_run_t *run)
{
    return run->checkpoint || run->beats || run->inputs != TMESH_HELD_INPUTS_NONE;
}

static bool any_has_news(const tmesh_worker_t *self, tmesh_held_state_t state)
{
    const tmesh_held_run_t *run = tmesh_held_first(self->held, state);
    while (run && !has_news(run)) run = tmesh_held_next(run);
    return run != NULL;
}

void tmesh_worker_send_news(tmesh_worker_t *self)
{
    if (!self->has_news) return;
    int64_t now_ms = tmesh_worker_now_ms(self);
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_RUNNING);
    for (; run; run = tmesh_held_next(run)) send_of(self, run, now_ms);
    run = tmesh_held_first(self->held, TMESH_HELD_ANSWERING);
    for (; run; run = tmesh_held_next(run)) send_of(self, run, now_ms);
    send_beats(self, now_ms);
    self->has_news =
        any_has_news(self, TMESH_HELD_RUNNING) || any_has_news(self, TMESH_HELD_ANSWERING);
}

void tmesh_worker_send_news_again(tmesh_worker_t *self)
{
    static const tmesh_held_state_t states[] = {TMESH_HELD_RUNNING, TMESH_HELD_ANSWERING};
    for (size_t i = 0; i < TMESH_COUNT_OF(states); i++) {
        tmesh_held_run_t *run = tmesh_held_first(self->held, states[i]);
        for (; run; run = tmesh_held_next(run)) {
            run->checkpoint_at_ms = 0;
            run->inputs_at_ms = 0;
        }
    }
}

int64_t tmesh_worker_next_news_ms(const tmesh_worker_t *self)
{
    static const tmesh_held_state_t states[] = {TMESH_HELD_RUNNING, TMESH_HELD_ANSWERING};
    int64_t next_ms = INT64_MAX;
    if (!self->has_news) return next_ms;
    const int64_t beat_ms = self->news_at_ms + self->heartbeat_ms;
    for (size_t i = 0; i < TMESH_COUNT_OF(states); i++) {
        const tmesh_held_run_t *run = tmesh_held_first(self->held, states[i]);
        for (; run; run = tmesh_held_next(run)) {
            bool asks = run->inputs == TMESH_HELD_INPUTS_ASKED;
            if (run->checkpoint && run->checkpoint_at_ms < next_ms) next_ms = run->checkpoint_at_ms;
            if (asks && run->inputs_at_ms < next_ms) next_ms = run->inputs_at_ms;
            if (run->beats && beat_ms < next_ms) next_ms = beat_ms;
        }
    }
    return next_ms;
}

// ---- What is answered ---------------------------------------------------------------------------

// A run that is not ours any more need not be worked on.
static void heed(tmesh_worker_t *self, tmesh_held_run_t *run, int status, const char *code)
{
    bool is_over = status == TMESH_STATUS_CONFLICT || status == TMESH_STATUS_NOT_FOUND;
    if (is_over) tmesh_worker_cancel_run(self, run, code);
}

void tmesh_worker_take_saved(tmesh_worker_t *self, uint64_t number, int status, tmesh_body_t *body)
{
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_RUNNING);
    while (run && run->checkpoint_sent_in != number) run = tmesh_held_next(run);
    if (!run) run = tmesh_held_first(self->held, TMESH_HELD_ANSWERING);
    while (run && run->checkpoint_sent_in != number) run = tmesh_held_next(run);
    if (!run || !run->checkpoint) return;
    if (status == TMESH_STATUS_NOT_NOW) {
        int64_t retry_after_ms = 0;
        tmesh_fault_t *fault = tmesh_codec_read_error(body, status, &retry_after_ms);
        tmesh_fault_destroy(&fault);
        run->checkpoint_at_ms = tmesh_worker_now_ms(self) + tmesh_worker_rest_after(retry_after_ms);
        return;
    }
    tmesh_buffer_destroy(&run->checkpoint);
    if (!tmesh_status_error(status)) return;
    tmesh_auto(tmesh_fault) fault = tmesh_codec_read_error(body, status, NULL);
    tmesh_worker_say(self, "checkpoint.refused", "step=%s run=%u status=%d code=%s %s",
                     run->view.step_uuid, run->view.run, status, fault->code, fault->message);
    heed(self, run, status, fault->code);
}

void tmesh_worker_take_beaten(tmesh_worker_t *self, int status, tmesh_body_t *body)
{
    if (status != TMESH_STATUS_OK) return; // the next beat says more
    tmesh_items_t items;
    tmesh_body_items(body, "runs", TMESH_BODY_NEEDED, 0, BEATS_PER_MESSAGE, &items);
    tmesh_body_t item;
    for (;;) { // ends with the items
        tmesh_auto(tmesh_fault) fault = NULL;
        if (!tmesh_items_next(&items, &fault, &item)) return;
        tmesh_step_id_t step_id;
        uint32_t number;
        if (!tmesh_worker_read_name(&item, &step_id, &number)) continue;
        int of_run = (int)tmesh_body_integer(&item, "status", 100, 599, TMESH_STATUS_OK);
        const char *code = tmesh_body_text(&item, "code", TMESH_BODY_OPTIONAL, 0, 64);
        tmesh_held_run_t *run = tmesh_held_find(self->held, step_id, number);
        if (run) heed(self, run, of_run, code ? code : "stale_run");
    }
}

void tmesh_worker_take_inputs(tmesh_worker_t *self, uint64_t number, int status,
                              tmesh_body_t *body)
{
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_RUNNING);
    while (run && run->inputs_asked_in != number) run = tmesh_held_next(run);
    if (!run || run->inputs != TMESH_HELD_INPUTS_ASKED) return;
    run->view.input_count = 0;
    run->reason[0] = 0;
    if (status == TMESH_STATUS_OK) {
        run->view.input_count = tmesh_named_results_read(
            body, "inputs", run->arena, &run->view.input_names, &run->view.input_results);
        run->view.inputs_are_truncated = tmesh_body_bool(body, "truncated", false);
    } else {
        int64_t retry_after_ms = 0;
        tmesh_auto(tmesh_fault) fault = tmesh_codec_read_error(body, status, &retry_after_ms);
        if (status == TMESH_STATUS_NOT_NOW) {
            run->inputs_at_ms = tmesh_worker_now_ms(self) + tmesh_worker_rest_after(retry_after_ms);
            return;
        }
        snprintf(run->reason, sizeof run->reason, "%s", fault->code);
        heed(self, run, status, fault->code);
        if (run->state != TMESH_HELD_RUNNING) return;
    }
    run->inputs = TMESH_HELD_INPUTS_ANSWERED;
}
