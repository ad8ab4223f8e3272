// A gateway in its own thread among actors that only record what they are asked, and sockets that
// talk to it like clients and workers do. The fakes answer messages of the same names as the real
// actors, so the linker leaves those out.
#ifndef TMESH_TESTS_UNIT_ACTORS_GATEWAY_BENCH_H
#define TMESH_TESTS_UNIT_ACTORS_GATEWAY_BENCH_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "actors/gateway.h"
#include "runtime/base/memory.h"
#include "runtime/registry.h"
#include "services/wire/codec.h"
#include "services/wire/contract.h"

enum { BENCH_PATIENCE_MS = 5000, BENCH_RESULTS_MAX = 64, BENCH_PEERS_MAX = 16 };

// What the fakes saw and what they shall answer. One bench per process: a fake finds it here.
typedef struct {
    pthread_mutex_t guard;
    _Atomic int submissions;
    _Atomic int queries;
    _Atomic int notes;
    _Atomic int adoptions;
    _Atomic int extensions;
    _Atomic int64_t timeout_ms; // of the attempts of all steps, as notes are answered
    _Atomic int refills;
    _Atomic int results;
    tmesh_process_step_result_request_t seen[BENCH_RESULTS_MAX]; // under the guard; texts copied
    char seen_codes[BENCH_RESULTS_MAX][64];
    char seen_bytes[BENCH_RESULTS_MAX][64];
    _Atomic int refuse_results; // so many of the next ones with FULL
    _Atomic int64_t room_at_result; // of the first offer, when the last result was handled
    _Atomic int stale_notes;    // so many of the next ones with CONFLICT
    _Atomic int lost_notes;     // so many of the next ones with CONNECTION
    _Atomic int refuse_submissions;
    _Atomic int task_state;     // what queries say
    _Atomic int found;          // how many tasks fit any filter
    _Atomic int acts;           // asked for, dry runs included
    _Atomic int dry_runs;
    _Atomic int refuse_acts;    // so many of the next ones with CONFLICT
    _Atomic int last_event;
    char folder[64];
    char endpoint[96];
    const char *endpoints[1];
    tmesh_clock_t *clock;
    tmesh_credit_t *credit;
    tmesh_gateway_services_t services;
    tmesh_registry_t *registry;
    void *zmq;
    void *peers[BENCH_PEERS_MAX]; // closed at the end
    int peer_count;
    int next_request;
} bench_t;

static bench_t bench;

// ---- The fakes

struct tmesh_task_request {
    int unused;
};
struct tmesh_result_processor {
    int unused;
};
struct tmesh_step_enqueuer {
    int unused;
};
struct tmesh_task_finalizer {
    int unused;
};
struct tmesh_reader_actor {
    int unused;
};
struct tmesh_archivist {
    int unused;
};

static void *fake_create(tmesh_context_t *context, void *services)
{
    (void)context;
    (void)services;
    return tmesh_alloc(1);
}

static bool take_one(_Atomic int *count)
{
    if (*count == 0) return false;
    (*count)--;
    return true;
}

static tmesh_err_t fake_submit(tmesh_task_request_t *self,
                               tmesh_process_task_request_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        if (take_one(&bench.refuse_submissions)) {
            tmesh_item_fail(&batch->any.items[i], TMESH_ERR_FULL, NULL);
            continue;
        }
        const tmesh_process_task_request_request_t *request =
            tmesh_process_task_request_request(batch, i);
        tmesh_process_task_request_reply_t *reply = tmesh_process_task_request_reply(batch, i);
        reply->arena = tmesh_arena_new();
        reply->count = request->count;
        reply->answers = tmesh_arena_alloc(reply->arena, request->count * sizeof *reply->answers);
        for (size_t j = 0; j < request->count; j++) {
            bench.submissions++;
            reply->answers[j].step_count = (uint32_t)strlen(request->submissions[j].name);
        }
    }
    return TMESH_OK;
}

static tmesh_err_t fake_put(tmesh_task_request_t *self, tmesh_put_template_batch_t *batch)
{
    (void)self;
    (void)batch;
    return TMESH_OK;
}

static tmesh_err_t fake_result(tmesh_result_processor_t *self,
                               tmesh_process_step_result_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_process_step_result_request_t *request =
            tmesh_process_step_result_request(batch, i);
        if (take_one(&bench.refuse_results)) {
            tmesh_item_fail(&batch->any.items[i], TMESH_ERR_FULL, NULL);
            continue;
        }
        tmesh_process_step_result_reply(batch, i)->state = TMESH_STEP_COMPLETE;
        bench.room_at_result = tmesh_credit_room(bench.credit, 0);
        pthread_mutex_lock(&bench.guard);
        int at = bench.results % BENCH_RESULTS_MAX;
        bench.seen[at] = *request;
        snprintf(bench.seen_codes[at], sizeof bench.seen_codes[at], "%s",
                 request->error_code ? request->error_code : "");
        snprintf(bench.seen_bytes[at], sizeof bench.seen_bytes[at], "%.*s",
                 (int)request->result.size, request->result.data ? request->result.data : "");
        bench.results++;
        pthread_mutex_unlock(&bench.guard);
    }
    return TMESH_OK;
}

static tmesh_err_t fake_note(tmesh_result_processor_t *self, tmesh_note_steps_sent_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_note_steps_sent_request_t *note = tmesh_note_steps_sent_request(batch, i);
        if (note->adopted) bench.adoptions++;
        else if (!note->extends) bench.notes++;
        if (note->extends) bench.extensions++;
        tmesh_note_steps_sent_reply(batch, i)->timeout_ms = bench.timeout_ms;
        if (take_one(&bench.lost_notes)) {
            tmesh_item_fail(&batch->any.items[i], TMESH_ERR_CONNECTION, NULL);
        }
        if (!take_one(&bench.stale_notes)) continue;
        tmesh_fault_t *fault = tmesh_fault_new(TMESH_ERR_CONFLICT, "stale_run", NULL, "stale");
        tmesh_item_fail(&batch->any.items[i], TMESH_ERR_CONFLICT, &fault);
    }
    return TMESH_OK;
}

static void forget_backlog(void)
{
    if (tmesh_credit_take_backlog(bench.credit)) tmesh_credit_leave_backlog(bench.credit, false);
}

static tmesh_err_t fake_refill(tmesh_step_enqueuer_t *self, tmesh_credit_changed_batch_t *batch)
{
    (void)self;
    (void)batch;
    forget_backlog();
    bench.refills++;
    return TMESH_OK;
}

static tmesh_err_t fake_cancel(tmesh_task_finalizer_t *self, tmesh_cancel_task_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_cancel_task_reply(batch, i)->state = TMESH_TASK_CANCELLED;
    }
    return TMESH_OK;
}

static tmesh_err_t fake_act(tmesh_task_finalizer_t *self, tmesh_act_on_task_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_act_on_task_request_t *request = tmesh_act_on_task_request(batch, i);
        bench.acts++;
        if (request->dry_run) bench.dry_runs++;
        if (take_one(&bench.refuse_acts)) {
            tmesh_fault_t *fault =
                tmesh_fault_new(TMESH_ERR_CONFLICT, "task_ended", "/task_uuid", "it has");
            tmesh_item_fail(&batch->any.items[i], TMESH_ERR_CONFLICT, &fault);
            continue;
        }
        tmesh_act_on_task_reply(batch, i)->state = TMESH_TASK_RESOLVED_MANUALLY;
        tmesh_act_on_task_reply(batch, i)->reset_steps = (uint32_t)strlen(request->reason);
    }
    return TMESH_OK;
}

// So many tasks as are said to fit, or those that are named.
static tmesh_err_t fake_find(tmesh_reader_actor_t *self, tmesh_find_tasks_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_find_tasks_request_t *request = tmesh_find_tasks_request(batch, i);
        tmesh_find_tasks_reply_t *reply = tmesh_find_tasks_reply(batch, i);
        reply->arena = tmesh_arena_new();
        size_t fitting = (size_t)bench.found;
        size_t count = request->id_count            ? request->id_count
                       : fitting < request->filter.limit ? fitting
                                                         : request->filter.limit;
        tmesh_found_task_t *tasks = tmesh_arena_alloc(reply->arena, (count + 1) * sizeof *tasks);
        for (size_t j = 0; j < count; j++) {
            if (request->id_count) tasks[j].id = request->task_ids[j];
            else memcpy(tasks[j].id.bytes, &(uint64_t){j + 1}, sizeof(uint64_t));
            tasks[j].state = (tmesh_task_state_t)bench.task_state;
        }
        reply->count = count;
        reply->tasks = tasks;
        reply->more = !request->id_count && fitting > count;
    }
    return TMESH_OK;
}

static tmesh_err_t fake_query(tmesh_reader_actor_t *self, tmesh_query_task_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_query_task_reply_t *reply = tmesh_query_task_reply(batch, i);
        reply->arena = tmesh_arena_new();
        reply->state = (tmesh_task_state_t)bench.task_state;
        reply->encoded.body = tmesh_arena_printf(reply->arena, "{\"status\":\"%s\"}",
                                                 tmesh_task_state_word(reply->state));
        bench.queries++;
    }
    return TMESH_OK;
}

static tmesh_err_t fake_query_events(tmesh_reader_actor_t *self, tmesh_query_events_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_query_events_request_t *request = tmesh_query_events_request(batch, i);
        tmesh_query_events_reply_t *reply = tmesh_query_events_reply(batch, i);
        reply->arena = tmesh_arena_new();
        int last = bench.last_event;
        reply->count = (int)request->after < last ? (size_t)last - request->after : 0;
        reply->encoded.body = tmesh_arena_printf(reply->arena, "{\"last\":%d,\"limit\":%u}", last,
                                                 request->limit);
        bench.queries++;
    }
    return TMESH_OK;
}

static tmesh_err_t fake_query_node(tmesh_reader_actor_t *self, tmesh_query_node_batch_t *batch)
{
    (void)self;
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_query_node_reply(batch, i)->members = "\"store\":{\"commits\":1}";
    }
    return TMESH_OK;
}

const tmesh_actor_class_t tmesh_task_request_class = {
    .name = "task_request", .create = fake_create, .destroy = tmesh_free};
const tmesh_actor_class_t tmesh_result_processor_class = {
    .name = "result_processor", .create = fake_create, .destroy = tmesh_free};
const tmesh_actor_class_t tmesh_step_enqueuer_class = {
    .name = "step_enqueuer", .create = fake_create, .destroy = tmesh_free};
const tmesh_actor_class_t tmesh_task_finalizer_class = {
    .name = "task_finalizer", .create = fake_create, .destroy = tmesh_free};
const tmesh_actor_class_t tmesh_reader_actor_class = {
    .name = "reader", .create = fake_create, .destroy = tmesh_free};
const tmesh_actor_class_t tmesh_archivist_class = {
    .name = "archivist", .create = fake_create, .destroy = tmesh_free};

// What the gateway asks and no test here looks at.
#define NOBODY(actor, message)                                                                     \
    static tmesh_err_t ignore_##message(tmesh_##actor##_t *self, tmesh_##message##_batch_t *batch) \
    {                                                                                              \
        (void)self;                                                                                \
        (void)batch;                                                                               \
        return TMESH_OK;                                                                           \
    }                                                                                              \
    TMESH_ANSWER(actor, message, ignore_##message)

NOBODY(reader_actor, query_audit)
NOBODY(reader_actor, query_inputs)
NOBODY(reader_actor, query_queues)
NOBODY(task_finalizer, act_on_queue)
NOBODY(result_processor, save_checkpoint)
NOBODY(reader_actor, query_tasks)
NOBODY(reader_actor, query_doctor)
NOBODY(reader_actor, query_dlq)
NOBODY(reader_actor, query_metrics)
NOBODY(task_finalizer, act_on_step)
NOBODY(task_finalizer, update_dlq)
NOBODY(reader_actor, query_templates)
NOBODY(archivist, back_up)
TMESH_ANSWER(task_request, process_task_request, fake_submit)
TMESH_ANSWER(task_request, put_template, fake_put)
TMESH_ANSWER(result_processor, process_step_result, fake_result)
TMESH_ANSWER(result_processor, note_steps_sent, fake_note)
TMESH_ANSWER(step_enqueuer, credit_changed, fake_refill)
TMESH_ANSWER(task_finalizer, cancel_task, fake_cancel)
TMESH_ANSWER(task_finalizer, act_on_task, fake_act)
TMESH_ANSWER(reader_actor, find_tasks, fake_find)
TMESH_ANSWER(reader_actor, query_task, fake_query)
TMESH_ANSWER(reader_actor, query_events, fake_query_events)
TMESH_ANSWER(reader_actor, query_node, fake_query_node)

// ---- The bench

// `mailbox_limit` 0: the default.
[[maybe_unused]] static int bench_setup_with(void **state, uint32_t mailbox_limit)
{
    *state = &bench;
    bench = (bench_t){.clock = tmesh_clock_new_system(),
                      .credit = tmesh_credit_new(),
                      .zmq = zmq_ctx_new(),
                      .task_state = TMESH_TASK_STEPS_IN_PROCESS};
    pthread_mutex_init(&bench.guard, NULL);
    forget_backlog();
    strcpy(bench.folder, "/tmp/tmesh-gateway-XXXXXX");
    if (!mkdtemp(bench.folder)) return -1;
    snprintf(bench.endpoint, sizeof bench.endpoint, "ipc://%s/socket", bench.folder);
    bench.endpoints[0] = bench.endpoint;
    bench.services = (tmesh_gateway_services_t){
        .endpoints = bench.endpoints,
        .endpoint_count = 1,
        .credit = bench.credit,
        .version = "9.9",
        .heartbeat_ms = 1000,
        .lost_after_ms = 3000,
        .note_sent_after_ms = 100,
        .message_bytes_max = 1 << 20,
        .result_bytes_max = 1024,
        .mailbox_limit = mailbox_limit ? mailbox_limit : 10000,
        .mailbox_bytes_max = 1 << 24,
        .peer_unread_messages_max = 64,
        .peer_queue_messages_max = 100,
        .peer_queue_bytes_max = 1 << 20,
    };
    tmesh_registry_config_t config = {
        .clock = bench.clock, .threads = true, .mailbox_limit = mailbox_limit};
    assert_int_equal(tmesh_registry_open(&bench.registry, &config), TMESH_OK);
    tmesh_registry_add(bench.registry, &tmesh_task_request_class, NULL);
    tmesh_registry_add(bench.registry, &tmesh_result_processor_class, NULL);
    tmesh_registry_add(bench.registry, &tmesh_step_enqueuer_class, NULL);
    tmesh_registry_add(bench.registry, &tmesh_task_finalizer_class, NULL);
    tmesh_registry_add(bench.registry, &tmesh_reader_actor_class, NULL);
    tmesh_registry_add(bench.registry, &tmesh_gateway_class, &bench.services);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(bench.registry, &fault), TMESH_OK);
    return 0;
}

[[maybe_unused]] static int bench_setup(void **state)
{
    return bench_setup_with(state, 0);
}

[[maybe_unused]] static int bench_teardown(void **state)
{
    (void)state;
    for (int i = 0; i < bench.peer_count; i++) zmq_close(bench.peers[i]);
    zmq_ctx_destroy(bench.zmq);
    tmesh_registry_destroy(&bench.registry);
    tmesh_credit_destroy(&bench.credit);
    tmesh_clock_destroy(&bench.clock);
    pthread_mutex_destroy(&bench.guard);
    char path[96];
    snprintf(path, sizeof path, "%s/socket", bench.folder);
    unlink(path);
    return rmdir(bench.folder);
}

// Looks every few milliseconds until it is so: the fakes run in threads of their own.
[[maybe_unused]] static void await_count(const _Atomic int *count, int expected)
{
    for (int i = 0; i < BENCH_PATIENCE_MS / 5 && *count < expected; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    assert_int_equal(*count, expected);
}

// ---- Peers

[[maybe_unused]] static void *peer_open(void)
{
    void *socket = zmq_socket(bench.zmq, ZMQ_DEALER);
    int linger_ms = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    bench.peers[bench.peer_count++] = socket;
    assert_int_equal(zmq_connect(socket, bench.endpoint), 0);
    return socket;
}

// `payload` NULL: none.
[[maybe_unused]] static void peer_send(void *socket, const char *command, const char *body,
                                       const char *payload)
{
    char id[16];
    snprintf(id, sizeof id, "%d", ++bench.next_request);
    tmesh_frames_t *frames = tmesh_frames_new_request(command, tmesh_bytes_of_text(id));
    tmesh_frames_set_body(frames, tmesh_bytes_of_text(body));
    if (payload) tmesh_frames_add_payload(frames, tmesh_bytes_of_text(payload));
    tmesh_err_t err = tmesh_frames_send(&frames, socket);
    for (int i = 0; err == TMESH_ERR_FULL && i < BENCH_PATIENCE_MS; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        err = tmesh_frames_send(&frames, socket);
    }
    tmesh_frames_destroy(&frames);
    assert_int_equal(err, TMESH_OK);
}

// The next message (yours), or NULL after timeout_ms.
[[maybe_unused]] static tmesh_frames_t *peer_receive(void *socket, long timeout_ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, timeout_ms) <= 0) return NULL;
    tmesh_frames_t *frames = NULL;
    assert_int_equal(tmesh_frames_receive(socket, false, SIZE_MAX, &frames), TMESH_OK);
    return frames;
}

// The next message is `word` (a status or a command), and its body holds `part`.
[[maybe_unused]] static tmesh_frames_t *peer_expect(void *socket, const char *word,
                                                    const char *part)
{
    tmesh_frames_t *frames = peer_receive(socket, BENCH_PATIENCE_MS);
    if (!frames) fail_msg("no message, awaited %s with %s", word, part);
    tmesh_bytes_t got = tmesh_frames_command(frames);
    tmesh_bytes_t body = tmesh_frames_body(frames);
    tmesh_auto_free char *text = tmesh_alloc(body.size + 1);
    if (body.size) memcpy(text, body.data, body.size);
    if (!tmesh_bytes_equal_text(got, word) || !strstr(text, part)) {
        fail_msg("awaited %s with %s, got %.*s: %s", word, part, (int)got.size, got.data, text);
    }
    return frames;
}

[[maybe_unused]] static void expect(void *socket, const char *word, const char *part)
{
    tmesh_frames_t *frames = peer_expect(socket, word, part);
    tmesh_frames_destroy(&frames);
}

[[maybe_unused]] static void expect_nothing(void *socket, long timeout_ms)
{
    tmesh_frames_t *frames = peer_receive(socket, timeout_ms);
    if (frames) fail_msg("nothing was awaited");
}

#endif
