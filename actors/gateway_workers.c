// WORKER.HEARTBEAT, WORKER.BYE, WORKER.LIST, and workers that are lost.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

static void reply_empty(tmesh_gateway_t *self, const tmesh_frames_address_t *to)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_buffer_add_text(body, "{}");
    tmesh_gateway_reply(self, to, TMESH_STATUS_OK, body);
}

// That it was heard is noted for every message.
void tmesh_gateway_worker_heartbeat(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    reply_empty(self, &command->from);
}

void tmesh_gateway_worker_bye(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    bool drain = tmesh_body_bool(&command->body, "drain", false);
    if (command->fault) return;
    if (drain) {
        tmesh_dispatch_drain(self->dispatch, command->session);
    } else {
        tmesh_log_info(tmesh_context_log(self->context), "worker.left", "worker=%s",
                       command->session->name);
        tmesh_dispatch_leave(self->dispatch, &command->session);
    }
    self->dispatch_due = true;
    reply_empty(self, &command->from);
}

void tmesh_gateway_judge_sessions(tmesh_gateway_t *self)
{
    tmesh_session_t *lost = NULL;
    while ((lost = tmesh_sessions_find_lost(tmesh_dispatch_sessions(self->dispatch),
                                            self->drained_ms, &self->judge_ms))) {
        tmesh_log_warning(tmesh_context_log(self->context), "worker.lost",
                          "worker=%s runs=%u silent_ms=%lld reason=%s", lost->name, lost->running,
                          (long long)(tmesh_gateway_now_ms(self) - lost->seen_ms),
                          lost->gone ? "connection_gone" : "not_heard");
        tmesh_dispatch_leave(self->dispatch, &lost);
        self->dispatch_due = true;
    }
}

// ---- WORKER.LIST

static void write_texts(tmesh_writer_t *writer, const char *key, char *const *texts, size_t count)
{
    tmesh_writer_open_array(writer, key);
    for (size_t i = 0; i < count; i++) tmesh_writer_text(writer, NULL, texts[i]);
    tmesh_writer_close_array(writer);
}

static void write_run(tmesh_writer_t *writer, const tmesh_run_t *run)
{
    if (run->state != TMESH_RUN_SENT) return;
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_uuid(writer, "step_uuid", run->fence.step_id.bytes);
    tmesh_writer_integer(writer, "run", run->fence.run);
    tmesh_writer_integer(writer, "sent_at", run->sent_at_ms);
    tmesh_writer_json(writer, "progress",
                      run->progress ? tmesh_bytes_of_text(run->progress) : TMESH_BYTES_NONE);
    tmesh_writer_close_object(writer);
}

static void write_session(const tmesh_gateway_t *self, tmesh_writer_t *writer,
                          const tmesh_session_t *session, int64_t waiting)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_text(writer, "name", session->name);
    tmesh_writer_uuid(writer, "session", session->id.bytes);
    write_texts(writer, "namespaces", session->namespaces, session->namespace_count);
    if (session->callable_count > 0) {
        write_texts(writer, "callables", session->callables, session->callable_count);
    } else {
        tmesh_writer_text(writer, "callables", "any");
    }
    tmesh_writer_integer(writer, "capacity", session->capacity);
    tmesh_writer_integer(writer, "running", session->running);
    tmesh_writer_integer(writer, "waiting", waiting);
    tmesh_writer_bool(writer, "draining", session->draining);
    tmesh_writer_integer(writer, "last_seen_ms", tmesh_gateway_now_ms(self) - session->seen_ms);
    tmesh_writer_integer(writer, "connected_at", session->connected_at_ms);
    tmesh_writer_open_array(writer, "runs");
    const tmesh_run_t *run = NULL;
    TAILQ_FOREACH(run, &session->runs, in_session) write_run(writer, run);
    tmesh_writer_close_array(writer);
    tmesh_writer_close_object(writer);
}

// How many runs wait that were claimed on each offer.
static void count_waiting(const tmesh_gateway_t *self, int64_t waiting[TMESH_OFFERS_MAX])
{
    const tmesh_runs_t *runs = tmesh_dispatch_runs(self->dispatch);
    size_t position = 0;
    const tmesh_run_t *run = NULL;
    while ((run = tmesh_runs_next(runs, &position))) {
        if (run->state == TMESH_RUN_WAITING && run->offer != TMESH_CREDIT_NONE) {
            waiting[run->offer]++;
        }
    }
}

void tmesh_gateway_worker_list(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    int64_t waiting[TMESH_OFFERS_MAX] = {0};
    count_waiting(self, waiting);
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_open_array(&writer, "workers");
    const tmesh_sessions_t *sessions = tmesh_dispatch_sessions(self->dispatch);
    size_t position = 0;
    const tmesh_session_t *session = NULL;
    while ((session = tmesh_sessions_next(sessions, &position))) {
        write_session(self, &writer, session, waiting[session->offer]);
    }
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &command->from, TMESH_STATUS_OK, body);
}
