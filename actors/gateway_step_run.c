// STEP.RUN as it is written: one message for all runs that a session is given at once, unless they
// are more than one message should hold.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    LENT_BYTES_MIN = 1024,        // below, a copy is cheaper than a counted reference
    MESSAGE_BYTES_MAX = 4 << 20,  // a run that is larger goes alone
    OWN_FRAMES_MAX = 3,           // context, initialization, checkpoint
    INPUTS_MAX = TMESH_FRAMES_PAYLOADS_MAX - OWN_FRAMES_MAX,
};

static size_t inputs_of(const tmesh_parcel_t *parcel)
{
    return parcel->input_count < INPUTS_MAX ? parcel->input_count : INPUTS_MAX;
}

// They have what room the parents leave.
static size_t ancestors_of(const tmesh_parcel_t *parcel)
{
    size_t room = INPUTS_MAX - inputs_of(parcel);
    return parcel->ancestor_count < room ? parcel->ancestor_count : room;
}

static size_t bytes_of(const tmesh_parcel_t *parcel)
{
    size_t bytes = parcel->context.size + parcel->initialization.size + parcel->checkpoint.size;
    for (size_t i = 0; i < inputs_of(parcel); i++) bytes += parcel->inputs[i].result.size;
    for (size_t i = 0; i < ancestors_of(parcel); i++) bytes += parcel->ancestors[i].result.size;
    return bytes;
}

static void release_share(void *data, void *hint)
{
    (void)data;
    tmesh_hold_t *hold = hint;
    tmesh_hold_destroy(&hold);
}

static size_t add_payload(tmesh_frames_t *frames, tmesh_hold_t *hold, tmesh_bytes_t payload)
{
    if (payload.size < LENT_BYTES_MIN) return tmesh_frames_add_payload(frames, payload);
    return tmesh_frames_add_payload_lent(frames, payload, release_share, tmesh_hold_share(hold));
}

static void write_payload(tmesh_writer_t *writer, const char *key, tmesh_frames_t *frames,
                          tmesh_hold_t *hold, tmesh_bytes_t payload, const char *when_absent)
{
    if (!payload.data && !when_absent) {
        tmesh_writer_null(writer, key);
        return;
    }
    if (!payload.data) payload = tmesh_bytes_of_text(when_absent);
    tmesh_writer_frame(writer, key, add_payload(frames, hold, payload));
}

static void write_inputs(tmesh_writer_t *writer, tmesh_frames_t *frames, const tmesh_run_t *run)
{
    const tmesh_parcel_t *parcel = &run->parcel;
    tmesh_writer_open_object(writer, "dependency_results");
    for (size_t i = 0; i < inputs_of(parcel); i++) {
        if (parcel->inputs[i].error_code) continue;
        tmesh_writer_key(writer, parcel->inputs[i].name);
        write_payload(writer, NULL, frames, run->hold, parcel->inputs[i].result, "null");
    }
    tmesh_writer_close_object(writer);
}

static void write_ancestors(tmesh_writer_t *writer, tmesh_frames_t *frames,
                            const tmesh_session_t *session, const tmesh_run_t *run)
{
    const tmesh_parcel_t *parcel = &run->parcel;
    size_t count = session->parents_only ? 0 : ancestors_of(parcel);
    if (count > 0) tmesh_writer_open_object(writer, "ancestor_results");
    for (size_t i = 0; i < count; i++) {
        tmesh_writer_key(writer, parcel->ancestors[i].name);
        write_payload(writer, NULL, frames, run->hold, parcel->ancestors[i].result, "null");
    }
    if (count > 0) tmesh_writer_close_object(writer);
    bool is_truncated = parcel->input_count > INPUTS_MAX || parcel->lacks_inputs ||
                        (!session->parents_only &&
                         (parcel->is_truncated || count < parcel->ancestor_count));
    if (is_truncated) tmesh_writer_bool(writer, "truncated", true);
}

static void write_failures(tmesh_writer_t *writer, const tmesh_parcel_t *parcel)
{
    bool is_open = false;
    for (size_t i = 0; i < inputs_of(parcel); i++) {
        const tmesh_parcel_input_t *input = &parcel->inputs[i];
        if (!input->error_code) continue;
        if (!is_open) tmesh_writer_open_object(writer, "dependency_failures");
        is_open = true;
        tmesh_writer_open_object(writer, input->name);
        tmesh_writer_text(writer, "code", input->error_code);
        tmesh_writer_text(writer, "message", input->error_message);
        tmesh_writer_close_object(writer);
    }
    if (is_open) tmesh_writer_close_object(writer);
}

static void write_run(tmesh_writer_t *writer, tmesh_frames_t *frames,
                      const tmesh_session_t *session, const tmesh_run_t *run)
{
    const tmesh_parcel_t *parcel = &run->parcel;
    tmesh_task_id_t task_id = tmesh_task_id_of_step(run->fence.step_id);
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_uuid(writer, "task_uuid", task_id.bytes);
    tmesh_writer_uuid(writer, "step_uuid", run->fence.step_id.bytes);
    tmesh_writer_integer(writer, "run", run->fence.run);
    tmesh_writer_token(writer, "run_token", run->fence.token.bytes);
    tmesh_writer_text(writer, "step_name", parcel->step_name);
    tmesh_writer_text(writer, "template_step_name", parcel->template_step_name);
    tmesh_writer_text(writer, "namespace", parcel->namespace_name);
    tmesh_writer_text(writer, "task_name", parcel->task_name);
    tmesh_writer_text(writer, "task_version", parcel->task_version);
    tmesh_writer_text(writer, "callable", parcel->callable);
    tmesh_writer_text(writer, "method", parcel->method);
    tmesh_writer_integer(writer, "attempt", parcel->attempt);
    tmesh_writer_integer(writer, "max_attempts", parcel->max_attempts);
    tmesh_writer_integer(writer, "timeout_ms", parcel->timeout_ms);
    tmesh_writer_text(writer, "correlation_id", parcel->correlation_id);
    tmesh_writer_integer(writer, "priority", parcel->priority);
    write_payload(writer, "context", frames, run->hold, parcel->context, "{}");
    write_payload(writer, "initialization", frames, run->hold, parcel->initialization, "{}");
    write_inputs(writer, frames, run);
    write_failures(writer, parcel);
    write_ancestors(writer, frames, session, run);
    write_payload(writer, "checkpoint", frames, run->hold, parcel->checkpoint, NULL);
    tmesh_writer_close_object(writer);
}

tmesh_frames_t *tmesh_gateway_write_step_run(const tmesh_session_t *session, tmesh_run_t **run_p)
{
    tmesh_frames_address_t to = tmesh_gateway_address_of(session);
    tmesh_frames_t *frames = tmesh_frames_new_push(&to, "STEP.RUN");
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "session", session->id.bytes);
    tmesh_writer_open_array(&writer, "runs");
    size_t bytes = 0;
    size_t frame_count = 0;
    tmesh_run_t *run = *run_p;
    while (run) {
        bytes += bytes_of(&run->parcel);
        frame_count +=
            OWN_FRAMES_MAX + inputs_of(&run->parcel) + ancestors_of(&run->parcel);
        bool fits = bytes <= MESSAGE_BYTES_MAX && frame_count <= TMESH_FRAMES_PAYLOADS_MAX;
        if (run != *run_p && !fits) break;
        write_run(&writer, frames, session, run);
        run = TAILQ_NEXT(run, in_session);
    }
    *run_p = run;
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_frames_take_body(frames, body);
    return frames;
}
