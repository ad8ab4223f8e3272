// taskmesh-bench gateway: requests over the wire, beside a bare ROUTER that answers the same bytes.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "bin/taskmesh-bench/bench.h"
#include "bin/taskmesh-bench/servers.h"
#include "runtime/base/memory.h"

enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    ENDPOINT_BYTES = 128,
    PATIENCE_MS = 20000,
    BODY_BYTES_MAX = 65536,
    PACED = 4,         // a part of the messages
    SHARE_ALONE = 50,  // of --messages, with one outstanding
    SHARE_LOADED = 10, // with many
    OUTSTANDING_MAX = 1024,
};

static const char template_text[] =
    "{\"name\":\"nothing\",\"namespace_name\":\"bench\",\"version\":\"1.0.0\","
    "\"steps\":[{\"name\":\"wait\",\"handler\":{\"callable\":\"nobody\"}}]}";

typedef struct {
    void *context;
    void *dealer;
    pid_t server; // whose processor time counts too; 0: unknown
    const char *command;
    char body[128]; // of the request
    char answer[BODY_BYTES_MAX + 1];
    size_t answer_bytes;
} wire_t;

static wire_t *wire_new(const char *endpoint)
{
    wire_t *self = tmesh_alloc(sizeof *self);
    const int zero = 0, patience = PATIENCE_MS;
    self->context = zmq_ctx_new();
    self->dealer = zmq_socket(self->context, ZMQ_DEALER);
    zmq_setsockopt(self->dealer, ZMQ_SNDHWM, &zero, sizeof zero);
    zmq_setsockopt(self->dealer, ZMQ_RCVHWM, &zero, sizeof zero);
    zmq_setsockopt(self->dealer, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(self->dealer, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_connect(self->dealer, endpoint);
    return self;
}

static void wire_destroy(wire_t **self_p)
{
    wire_t *self = *self_p;
    if (!self) return;
    zmq_close(self->dealer);
    zmq_ctx_term(self->context);
    tmesh_free(self);
    *self_p = NULL;
}

static void wire_send(wire_t *self, int64_t id, const char *payload)
{
    zmq_send(self->dealer, "TM1", 3, ZMQ_SNDMORE);
    zmq_send(self->dealer, self->command, strlen(self->command), ZMQ_SNDMORE);
    zmq_send(self->dealer, &id, sizeof id, ZMQ_SNDMORE);
    zmq_send(self->dealer, self->body, strlen(self->body), payload ? ZMQ_SNDMORE : 0);
    if (payload) zmq_send(self->dealer, payload, strlen(payload), 0);
}

// False: no answer in time, or a refusal; it is on stderr then.
static bool wire_receive(wire_t *self, int64_t *id_p)
{
    char version[8] = "", status[8] = "";
    int size = zmq_recv(self->dealer, version, sizeof version, 0);
    if (size < 0) {
        fprintf(stderr, "taskmesh-bench: %s: no answer\n", self->command);
        return false;
    }
    zmq_recv(self->dealer, status, sizeof status - 1, 0);
    zmq_recv(self->dealer, id_p, sizeof *id_p, 0);
    size = zmq_recv(self->dealer, self->answer, BODY_BYTES_MAX, 0);
    self->answer_bytes = size < 0 ? 0 : size < BODY_BYTES_MAX ? (size_t)size : BODY_BYTES_MAX;
    self->answer[self->answer_bytes] = '\0';
    int more = 0;
    size_t option_bytes = sizeof more;
    zmq_getsockopt(self->dealer, ZMQ_RCVMORE, &more, &option_bytes);
    if (*status == '2' && !more) return true;
    fprintf(stderr, "taskmesh-bench: %s: %s %s\n", self->command, status, self->answer);
    return false;
}

static bool ask(wire_t *self, const char *command, const char *body, const char *payload)
{
    int64_t id = 0;
    self->command = command;
    snprintf(self->body, sizeof self->body, "%s", body);
    wire_send(self, 1, payload);
    return wire_receive(self, &id);
}

// A task that waits for a worker whom nobody starts; TASK.GET is asked of it.
static bool make_task(wire_t *self)
{
    if (!ask(self, "TEMPLATE.PUT", "{\"source\":{\"frame\":0}}", template_text)) return false;
    if (!ask(self, "TASK.SUBMIT", "{\"namespace\":\"bench\",\"name\":\"nothing\",\"on_duplicate\":\"return\"}",
             NULL)) {
        return false;
    }
    static const char field[] = "\"task_uuid\":\"";
    const char *uuid = strstr(self->answer, field);
    if (!uuid) return false;
    char body[128];
    snprintf(body, sizeof body, "{\"task_uuid\":\"%.36s\"}", uuid + sizeof field - 1);
    return ask(self, "TASK.GET", body, NULL);
}

// As fast as the answers come, with so many outstanding.
static bool run(wire_t *self, uint64_t messages, uint32_t outstanding, bench_sample_t *sample)
{
    bench_usage_t before = bench_usage_now();
    int64_t server_cpu_ns = bench_cpu_ns_of(self->server);
    int64_t begun_ns = bench_now_ns(), id = 0;
    uint64_t sent = 0;
    for (; sent < outstanding && sent < messages; sent++) wire_send(self, 0, NULL);
    for (uint64_t received = 0; received < messages; received++) {
        if (!wire_receive(self, &id)) return false;
        if (sent < messages) {
            wire_send(self, 0, NULL);
            sent++;
        }
    }
    double count = (double)messages;
    bench_usage_t after = bench_usage_now();
    after.cpu_ns += bench_cpu_ns_of(self->server) - server_cpu_ns;
    *sample = (bench_sample_t){.ns = (double)(bench_now_ns() - begun_ns) / count,
                               .cpu_ns = (double)(after.cpu_ns - before.cpu_ns) / count,
                               .wakeups = (double)(after.sleeps - before.sleeps) / count,
                               .allocations = NAN}; // another process: not seen from here
    return true;
}

// One each interval, whatever became of those before. The id says when it was due.
static bool run_paced(wire_t *self, uint64_t messages, double interval_ns,
                      bench_histogram_t *latency)
{
    int64_t begun_ns = bench_now_ns();
    for (uint64_t sent = 0, received = 0; received < messages;) {
        int64_t due_ns = begun_ns + (int64_t)(interval_ns * (double)sent);
        int64_t left_ns = due_ns - bench_now_ns();
        if (sent < messages && left_ns <= 0 && sent - received < OUTSTANDING_MAX) {
            wire_send(self, due_ns, NULL);
            sent++;
            continue;
        }
        zmq_pollitem_t item = {.socket = self->dealer, .events = ZMQ_POLLIN};
        bool may_send = sent < messages && sent - received < OUTSTANDING_MAX;
        long wait_ms = may_send ? (long)(left_ns / 1000000) : PATIENCE_MS;
        if (zmq_poll(&item, 1, wait_ms) == 0 && may_send) continue;
        int64_t id = 0;
        if (!wire_receive(self, &id)) return false;
        received++;
        bench_histogram_add(latency, bench_now_ns() - id);
    }
    return true;
}

typedef struct {
    const char *name;
    const char *server; // endpoint
    const char *echo;   // endpoint
    pid_t daemon;       // behind `server`, or 0
    bool get;           // TASK.GET instead of PING
    uint32_t outstanding;
} gateway_case_t;

static bool run_beside(const bench_options_t *options, const gateway_case_t *what, wire_t *ours,
                       wire_t *bare)
{
    bench_sample_t samples[BENCH_RUNS_MAX], floors[BENCH_RUNS_MAX];
    tmesh_auto_free bench_histogram_t *latency = tmesh_alloc(sizeof *latency);
    uint64_t messages = options->messages / (what->outstanding == 1 ? SHARE_ALONE : SHARE_LOADED);
    if (messages < 100) messages = 100;
    for (unsigned i = 0; i < options->runs; i++) {
        if (!run(bare, messages, what->outstanding, &floors[i])) return false;
        if (!run(ours, messages, what->outstanding, &samples[i])) return false;
        if (!run_paced(ours, messages / PACED, 2 * samples[i].ns, latency)) return false;
    }
    bench_title_t title = {what->name, ours->answer_bytes, what->outstanding};
    bench_report(options, &title, samples, floors, latency);
    return true;
}

static bool run_case(const bench_options_t *options, const gateway_case_t *what)
{
    if (options->only && !strstr(what->name, options->only)) return true;
    wire_t *ours = wire_new(what->server), *bare = wire_new(what->echo);
    ours->server = what->daemon;
    bool ok = what->get ? make_task(ours) : ask(ours, "PING", "{}", NULL);
    if (ok) {
        bare->command = ours->command;
        strcpy(bare->body, ours->body);
        ok = bench_echo_start(what->echo, ours->answer_bytes, &bare->server) &&
             run_beside(options, what, ours, bare);
    }
    bench_server_stop(&bare->server);
    wire_destroy(&ours);
    wire_destroy(&bare);
    return ok;
}

static bool run_all(const bench_options_t *options, const char *transport, const char *server,
                    const char *echo, pid_t daemon)
{
    static const uint32_t outstanding[] = {1, OUTSTANDING_MAX};
    for (int get = 0; get <= 1; get++) {
        for (size_t i = 0; i < TMESH_COUNT_OF(outstanding); i++) {
            char name[64];
            snprintf(name, sizeof name, "%s/%s", get ? "task_get" : "ping", transport);
            gateway_case_t what = {name, server, echo, daemon, get, outstanding[i]};
            if (!run_case(options, &what)) return false;
        }
    }
    return true;
}

static bool serve_and_run(const bench_options_t *options, const char *transport,
                          const char *server, const char *echo)
{
    pid_t daemon = 0;
    if (!options->endpoint && !bench_daemon_start(server, &daemon)) return false;
    bool ok = run_all(options, transport, options->endpoint ? options->endpoint : server, echo, daemon);
    bench_server_stop(&daemon);
    return ok;
}

int bench_gateway(const bench_options_t *options)
{
    char ipc[2][ENDPOINT_BYTES], tcp[2][ENDPOINT_BYTES];
    for (int i = 0; i < 2; i++) {
        int pid = (int)getpid();
        snprintf(ipc[i], ENDPOINT_BYTES, "ipc:///tmp/taskmesh-bench-%d-%d", pid, i);
        snprintf(tcp[i], ENDPOINT_BYTES, "tcp://127.0.0.1:%d", 20000 + pid * 2 % 10000 + i);
    }
    bench_report_begin(options);
    bool over_ipc = options->endpoint && strncmp(options->endpoint, "ipc:", 4) == 0;
    bool over_tcp = options->endpoint && !over_ipc;
    bool ok = (over_tcp || serve_and_run(options, "ipc", ipc[0], ipc[1])) &&
              (over_ipc || serve_and_run(options, "tcp", tcp[0], tcp[1]));
    for (int i = 0; i < 2; i++) unlink(ipc[i] + strlen("ipc://"));
    return ok ? EXIT_OK : EXIT_FAILED;
}
