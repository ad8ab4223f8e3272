// tests/unit/client/worker_bench.h - a worker and the server that the test plays for it, turn by
// turn, in one thread.
#ifndef TMESH_TESTS_UNIT_CLIENT_WORKER_BENCH_H
#define TMESH_TESTS_UNIT_CLIENT_WORKER_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/wire/codec.h"
#include "taskmesh/worker.h"
#include "tests/support/fake_server.h"

#define SESSION "11111111-1111-1111-1111-111111111111"
#define OTHER_SESSION "22222222-2222-2222-2222-222222222222"
#define STEP "0198f2a0-0000-7000-8000-00000000000"
#define TOKEN "00112233445566778899aabbccddeeff"

enum { TURNS_MAX = 2000, TURN_MS = 5 };

typedef struct {
    fake_server_t *server;
    tmesh_worker_t *worker;
    tmesh_frames_address_t address; // of the worker's HELLO
} fixture_t;

static inline void open_worker_at(fixture_t *f, const char *endpoint, const char *const *callables,
                                  size_t callable_count)
{
    static const char *const namespaces[] = {"shop", "mail"};
    const tmesh_worker_options_t options = {
        .endpoint = endpoint,
        .name = "w\"1",
        .namespaces = namespaces,
        .namespace_count = 2,
        .callables = callables,
        .callable_count = callable_count,
        .capacity = 4,
        .resend_after_ms = 40,
    };
    char error[256] = "";
    f->worker = tmesh_worker_open(&options, error, sizeof error);
    assert_non_null(f->worker);
}

static inline void open_worker(fixture_t *f, const char *const *callables, size_t callable_count)
{
    f->server = fake_server_new();
    open_worker_at(f, fake_server_endpoint(f->server), callables, callable_count);
}

static inline void close_worker(fixture_t *f)
{
    tmesh_worker_close(&f->worker);
    fake_server_destroy(&f->server);
}

// Lets the worker work until it sends this command; what else it sends is dropped.
static inline tmesh_frames_t *await_command(fixture_t *f, const char *command)
{
    for (int i = 0; i < TURNS_MAX; i++) {
        (void)tmesh_worker_wait(f->worker, NULL, 0, 0);
        tmesh_frames_t *frames = fake_server_receive(f->server, TURN_MS);
        if (frames && tmesh_bytes_equal_text(tmesh_frames_command(frames), command)) return frames;
        tmesh_frames_destroy(&frames);
    }
    fail_msg("the worker never said %s", command);
    return NULL;
}

static inline void await_event(fixture_t *f, tmesh_worker_event_kind_t kind,
                               tmesh_worker_event_t *event)
{
    for (int i = 0; i < TURNS_MAX; i++) {
        (void)tmesh_worker_wait(f->worker, NULL, 0, TURN_MS);
        if (tmesh_worker_next(f->worker, event) == kind) return;
        assert_int_equal(event->kind, TMESH_WORKER_NOTHING);
        tmesh_frames_t *frames = fake_server_receive(f->server, 0);
        tmesh_frames_destroy(&frames);
    }
    fail_msg("the event never came");
}

// The worker turns until its unanswered results are as many as wanted.
static inline void await_unanswered(fixture_t *f, size_t wanted)
{
    for (int i = 0; i < TURNS_MAX && tmesh_worker_unanswered(f->worker) != wanted; i++) {
        (void)tmesh_worker_wait(f->worker, NULL, 0, TURN_MS);
    }
    assert_int_equal(tmesh_worker_unanswered(f->worker), wanted);
}

static inline bool body_has(const tmesh_frames_t *frames, const char *text)
{
    tmesh_bytes_t body = tmesh_frames_body(frames);
    return memmem(body.data, body.size, text, strlen(text)) != NULL;
}

static inline void welcome(fixture_t *f, const char *session, const char *held, int lost_after_ms)
{
    tmesh_frames_t *hello = await_command(f, "WORKER.HELLO");
    f->address = tmesh_frames_address(hello);
    char body[512];
    snprintf(body, sizeof body,
             "{\"session\":\"%s\",\"heartbeat_ms\":10,\"lost_after_ms\":%d,\"held\":[%s]}", session,
             lost_after_ms, held);
    fake_server_answer(f->server, &hello, 200, body, NULL);
}

static inline void push_run(fixture_t *f, const char *session, int step, int run)
{
    char body[1024];
    snprintf(body, sizeof body,
             "{\"session\":\"%s\",\"runs\":[{\"task_uuid\":\"" STEP "0\",\"step_uuid\":\"" STEP
             "%d\",\"run\":%d,\"run_token\":\"" TOKEN "\",\"step_name\":\"charge\","
             "\"namespace\":\"shop\",\"callable\":\"charge_card\",\"method\":\"call\","
             "\"attempt\":2,\"max_attempts\":3,\"context\":{\"frame\":0},\"checkpoint\":null,"
             "\"dependency_results\":{\"parent\":{\"frame\":0}}}]}",
             session, step, run);
    fake_server_push(f->server, &f->address, "STEP.RUN", body, "{\"n\":0.1}");
}

static inline tmesh_worker_run_t *take_run(fixture_t *f, int step, int run)
{
    push_run(f, SESSION, step, run);
    tmesh_worker_event_t event;
    await_event(f, TMESH_WORKER_RUN, &event);
    return event.run;
}

static inline void answer_result(fixture_t *f, tmesh_frames_t **request_p, int step, int status)
{
    char body[512];
    snprintf(
        body, sizeof body,
        "{\"results\":[{\"step_uuid\":\"" STEP "%d\",\"run\":1,\"status\":%d%s}]}", step, status,
        status == 200 ? "" : ",\"error\":{\"code\":\"x\",\"message\":\"y\",\"retry_after_ms\":20}");
    fake_server_answer(f->server, request_p, 200, body, NULL);
}

#endif
