// What goes back: results, sent again until each is answered other than 503.
#include <stdio.h>
#include <string.h>

#include "client/worker_private.h"
#include "runtime/base/memory.h"
#include "services/wire/status.h"

enum {
    RESULTS_PER_MESSAGE = 100,
    MESSAGE_BYTES_MAX = 4 * 1024 * 1024, // one result alone may have more
    RETRY_MS = 1000,                     // after a 503 that does not say
    RETRY_MS_MIN = 20,
    RETRY_MS_MAX = 60000,
};

static void write_result(tmesh_writer_t *writer, const tmesh_held_run_t *run,
                         tmesh_frames_t *frames)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_worker_write_fence(writer, run);
    if (run->is_handed_over) {
        tmesh_writer_bool(writer, "pending", true);
        tmesh_writer_close_object(writer);
        return;
    }
    tmesh_writer_bool(writer, "success", run->success);
    if (run->success) {
        size_t index = tmesh_frames_add_payload(frames, tmesh_buffer_bytes(run->result));
        tmesh_writer_frame(writer, "result", index);
    } else {
        tmesh_buffer_add(writer->out, ",", 1);
        tmesh_buffer_add(writer->out, run->error->data, run->error->size);
    }
    tmesh_writer_open_object(writer, "metadata");
    tmesh_writer_integer(writer, "execution_time_ms", run->execution_time_ms);
    tmesh_writer_close_object(writer);
    tmesh_writer_close_object(writer);
}

static size_t bytes_of(const tmesh_held_run_t *run)
{
    const tmesh_buffer_t *carried = run->success ? run->result : run->error;
    return carried ? carried->size : 0;
}

// Its checkpoint comes first: after a failure the next attempt begins there.
static bool is_due(const tmesh_held_run_t *run, int64_t now_ms)
{
    return run->send_at_ms <= now_ms && !run->checkpoint;
}

static tmesh_held_run_t *first_due(const tmesh_worker_t *self, int64_t now_ms)
{
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_ANSWERING);
    while (run && !is_due(run, now_ms)) run = tmesh_held_next(run);
    return run;
}

// One message with as many due results as fit. False when it could not be sent.
static bool send_some(tmesh_worker_t *self, tmesh_held_run_t *run, int64_t now_ms)
{
    uint64_t number;
    tmesh_frames_t *frames =
        tmesh_worker_new_message(self, TMESH_WORKER_ASKED_RESULT, "STEP.RESULT", &number);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_text(&writer, "session", self->session);
    tmesh_writer_open_array(&writer, "results");
    size_t bytes = 0;
    tmesh_held_run_t *taken[RESULTS_PER_MESSAGE];
    size_t count = 0;
    for (; run && count < RESULTS_PER_MESSAGE; run = tmesh_held_next(run)) {
        if (!is_due(run, now_ms)) continue;
        if (count > 0 && (run->alone || bytes + bytes_of(run) > MESSAGE_BYTES_MAX)) break;
        bytes += bytes_of(run);
        write_result(&writer, run, frames);
        taken[count++] = run;
        if (run->alone) break;
    }
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_frames_take_body(frames, body);
    if (!tmesh_worker_send(self, &frames)) return false;
    for (size_t i = 0; i < count; i++) {
        taken[i]->sent_in = number;
        taken[i]->send_at_ms = now_ms + self->options.resend_after_ms;
    }
    return true;
}

void tmesh_worker_send_results(tmesh_worker_t *self)
{
    int64_t now_ms = tmesh_worker_now_ms(self);
    tmesh_held_run_t *run = first_due(self, now_ms);
    while (run && send_some(self, run, now_ms)) run = first_due(self, now_ms);
}

int64_t tmesh_worker_next_result_ms(const tmesh_worker_t *self)
{
    int64_t next_ms = INT64_MAX;
    const tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_ANSWERING);
    for (; run; run = tmesh_held_next(run)) {
        if (run->send_at_ms < next_ms && !run->checkpoint) next_ms = run->send_at_ms;
    }
    return next_ms;
}

void tmesh_worker_send_results_again(tmesh_worker_t *self)
{
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_ANSWERING);
    for (; run; run = tmesh_held_next(run)) run->send_at_ms = 0;
}

int64_t tmesh_worker_rest_after(int64_t asked_ms)
{
    if (asked_ms <= 0) return RETRY_MS;
    if (asked_ms < RETRY_MS_MIN) return RETRY_MS_MIN;
    return asked_ms > RETRY_MS_MAX ? RETRY_MS_MAX : asked_ms;
}

// The answer to one result. Anything but "not now" ends it.
static void settle(tmesh_worker_t *self, tmesh_held_run_t *run, int status, tmesh_body_t *body)
{
    int64_t retry_after_ms = 0;
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_status_error(status)) fault = tmesh_codec_read_error(body, status, &retry_after_ms);
    bool is_final = !fault || status == TMESH_STATUS_INVALID || status == TMESH_STATUS_NOT_FOUND ||
                    status == TMESH_STATUS_CONFLICT || status == TMESH_STATUS_TOO_LARGE;
    if (!is_final) {
        run->send_at_ms = tmesh_worker_now_ms(self) + tmesh_worker_rest_after(retry_after_ms);
        return;
    }
    if (fault) {
        tmesh_worker_say(self, "result.refused", "step=%s run=%u status=%d code=%s",
                         run->view.step_uuid, run->view.run, status, fault->code);
    }
    tmesh_held_remove(self->held, run);
}

// The message as a whole was refused; it says nothing about each of several results.
static void settle_all(tmesh_worker_t *self, uint64_t number, int status, tmesh_body_t *body)
{
    size_t count = 0;
    tmesh_held_run_t *run = tmesh_held_first(self->held, TMESH_HELD_ANSWERING);
    for (; run; run = tmesh_held_next(run)) count += run->sent_in == number;
    run = tmesh_held_first(self->held, TMESH_HELD_ANSWERING);
    while (run) {
        tmesh_held_run_t *next = tmesh_held_next(run);
        if (run->sent_in == number) {
            bool judge_each = count > 1 && status != TMESH_STATUS_NOT_NOW;
            if (judge_each) {
                run->alone = true;
                run->send_at_ms = 0;
            } else {
                settle(self, run, status, body);
            }
        }
        run = next;
    }
}

void tmesh_worker_take_answers(tmesh_worker_t *self, uint64_t number, int status,
                               tmesh_body_t *body)
{
    if (status != TMESH_STATUS_OK) {
        settle_all(self, number, status, body);
        return;
    }
    tmesh_items_t items;
    tmesh_body_items(body, "results", TMESH_BODY_NEEDED, 0, RESULTS_PER_MESSAGE, &items);
    tmesh_body_t item;
    for (;;) { // ends with the items
        tmesh_auto(tmesh_fault) fault = NULL;
        if (!tmesh_items_next(&items, &fault, &item)) return;
        tmesh_step_id_t step_id;
        (void)tmesh_body_uuid(&item, "step_uuid", TMESH_BODY_NEEDED, step_id.bytes);
        uint32_t run_number = (uint32_t)tmesh_body_integer_needed(&item, "run", 1, UINT32_MAX);
        int item_status = (int)tmesh_body_integer_needed(&item, "status", 100, 599);
        if (fault) continue;
        tmesh_held_run_t *run = tmesh_held_find(self->held, step_id, run_number);
        if (run && run->state == TMESH_HELD_ANSWERING) settle(self, run, item_status, &item);
    }
}
