// What is done to tasks, one or many: found by the reader, judged and changed by the task finalizer
// each by itself, collected here into one answer.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

// One of the tasks.
typedef struct {
    tmesh_task_id_t id;
    size_t position;           // in "task_uuids"
    tmesh_task_state_t before; // as it was found; TMESH_TASK_NONE: there is no such task
    tmesh_fault_t *refusal;    // or NULL
    tmesh_act_on_task_reply_t done;
} target_t;

// What is kept until the last answer comes.
typedef struct {
    tmesh_arena_t *arena; // of the texts in `deed`
    tmesh_gateway_deed_t deed;
    bool is_named; // by "task_uuids"
    bool more;     // other tasks fit the filter
    target_t *targets;
    size_t count;
    tmesh_map_t *by_id; // task id -> target
    size_t asked;       // the first ones
    size_t answered;    // as many of them
} doing_t;

static doing_t *new_doing(const tmesh_gateway_deed_t *deed)
{
    doing_t *self = tmesh_alloc(sizeof *self);
    self->arena = tmesh_arena_new();
    self->deed = *deed;
    self->deed.reason = tmesh_arena_text(self->arena, deed->reason);
    self->deed.by = tmesh_arena_text(self->arena, deed->by);
    self->deed.ids = NULL; // they live with the command
    self->deed.filter = (tmesh_task_filter_t){0};
    self->is_named = deed->id_count > 0;
    self->by_id = tmesh_map_new();
    return self;
}

static void free_doing(void *object)
{
    doing_t *self = object;
    for (size_t i = 0; i < self->count; i++) tmesh_fault_destroy(&self->targets[i].refusal);
    tmesh_free(self->targets);
    tmesh_map_destroy(&self->by_id);
    tmesh_arena_destroy(&self->arena);
    tmesh_free(self);
}

// A task that is named twice is meant once.
static void add_target(doing_t *self, const tmesh_found_task_t *found, size_t position)
{
    target_t *target = &self->targets[self->count];
    *target = (target_t){.id = found->id, .position = position, .before = found->state};
    if (tmesh_map_get(self->by_id, found->id.bytes, sizeof found->id.bytes)) return;
    (void)tmesh_map_put(self->by_id, target->id.bytes, sizeof target->id.bytes, target);
    self->count++;
}

// ---- The answer ---------------------------------------------------------------------------------

static void write_done(tmesh_writer_t *writer, const doing_t *self, const target_t *target)
{
    tmesh_writer_text(writer, "status", tmesh_task_state_word(target->done.state));
    tmesh_writer_integer(writer, "cancelled_steps", target->done.cancelled_steps);
    if (self->deed.is_cancel) return;
    tmesh_writer_integer(writer, "reset_steps", target->done.reset_steps);
    tmesh_writer_bool(writer, "paused", target->done.paused_ms != 0);
}

static void write_target(tmesh_writer_t *writer, const doing_t *self, const target_t *target)
{
    const char *before = target->before ? tmesh_task_state_word(target->before) : NULL;
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_uuid(writer, "task_uuid", target->id.bytes);
    tmesh_writer_text(writer, "before", before);
    tmesh_writer_bool(writer, "allowed", !target->refusal);
    if (target->refusal) tmesh_codec_write_error(writer, target->refusal, 0);
    else if (!self->deed.dry_run) write_done(writer, self, target);
    tmesh_writer_close_object(writer);
}

static size_t count_refused(const doing_t *self)
{
    size_t refused = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->targets[i].refusal) refused++;
    }
    return refused;
}

static void reply_list(tmesh_gateway_t *gateway, const tmesh_frames_address_t *to,
                       const doing_t *self)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    size_t refused = count_refused(self);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_integer(&writer, "matched", (int64_t)self->count);
    tmesh_writer_bool(&writer, "more", self->more);
    if (self->more) tmesh_writer_uuid(&writer, "next", self->targets[self->count - 1].id.bytes);
    else tmesh_writer_null(&writer, "next");
    tmesh_writer_bool(&writer, "dry_run", self->deed.dry_run);
    tmesh_writer_integer(&writer, "allowed", (int64_t)(self->count - refused));
    tmesh_writer_integer(&writer, "refused", (int64_t)refused);
    tmesh_writer_open_array(&writer, "tasks");
    for (size_t i = 0; i < self->count; i++) write_target(&writer, self, &self->targets[i]);
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(gateway, to, TMESH_STATUS_OK, body);
}

static void reply_single(tmesh_gateway_t *gateway, const tmesh_frames_address_t *to,
                         const doing_t *self)
{
    const target_t *target = &self->targets[0];
    if (target->refusal) {
        tmesh_gateway_reply_fault(gateway, to, target->refusal);
        return;
    }
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "task_uuid", target->id.bytes);
    write_done(&writer, self, target);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(gateway, to, TMESH_STATUS_OK, body);
}

// ---- Task by task -------------------------------------------------------------------------------

// Where the body named the task; a filter does not name it.
static void place(const doing_t *self, const target_t *target)
{
    if (self->deed.is_single || strcmp(target->refusal->where, "/task_uuid") != 0) return;
    tmesh_fault_t *refusal = target->refusal;
    *refusal->where = 0;
    if (!self->is_named) return;
    snprintf(refusal->where, sizeof refusal->where, "/task_uuids/%zu", target->position);
}

static void refuse(const doing_t *self, target_t *target, tmesh_err_t err,
                   const tmesh_fault_t *fault)
{
    target->refusal = tmesh_gateway_fault_of(err, fault);
    place(self, target);
}

static void proceed(tmesh_gateway_t *self, tmesh_gateway_pending_t *pending);

static void on_answer(tmesh_gateway_t *self, uint64_t tag, tmesh_task_id_t id, tmesh_err_t err,
                      const tmesh_fault_t *fault, const tmesh_act_on_task_reply_t *done)
{
    tmesh_gateway_pending_t *pending = tmesh_gateway_find(self, tag);
    if (!pending) return;
    doing_t *doing = pending->state;
    target_t *target = tmesh_map_get(doing->by_id, id.bytes, sizeof id.bytes);
    assert(target);
    if (err) refuse(doing, target, err, fault);
    else target->done = *done;
    doing->answered++;
    proceed(self, pending);
}

static void on_cancelled(void *object, const tmesh_cancel_task_answer_t *answer)
{
    tmesh_act_on_task_reply_t done = {
        .state = answer->reply->state, .cancelled_steps = answer->reply->cancelled_steps};
    on_answer(object, answer->tag, answer->request->task_id, answer->err, answer->fault, &done);
}

static void on_acted(void *object, const tmesh_act_on_task_answer_t *answer)
{
    on_answer(object, answer->tag, answer->request->task_id, answer->err, answer->fault,
              answer->reply);
}

static tmesh_err_t ask_cancel(tmesh_gateway_t *self, const tmesh_gateway_deed_t *deed,
                              tmesh_task_id_t id, uint64_t tag)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_cancel_task_request_t request = {
        .task_id = id,
        .dry_run = deed->dry_run,
        .reason = tmesh_arena_text(arena, deed->reason),
        .by = tmesh_arena_text(arena, deed->by),
    };
    request.arena = arena;
    tmesh_err_t err = tmesh_ask_cancel_task(self->context, &request, on_cancelled, tag);
    arena = request.arena;
    return err;
}

static tmesh_err_t ask_action(tmesh_gateway_t *self, const tmesh_gateway_deed_t *deed,
                              tmesh_task_id_t id, uint64_t tag)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_act_on_task_request_t request = {
        .task_id = id,
        .action = deed->action,
        .dry_run = deed->dry_run,
        .reason = tmesh_arena_text(arena, deed->reason),
        .by = tmesh_arena_text(arena, deed->by),
    };
    request.arena = arena;
    tmesh_err_t err = tmesh_ask_act_on_task(self->context, &request, on_acted, tag);
    arena = request.arena;
    return err;
}

// Asks for the next ones together. What finds no room waits for the answers to those before it; if
// there are none it is refused.
static void ask_wave(tmesh_gateway_t *self, doing_t *doing, uint64_t tag)
{
    const tmesh_gateway_deed_t *deed = &doing->deed;
    while (doing->asked < doing->count &&
           doing->asked - doing->answered < TMESH_GATEWAY_BULK_WAVE) {
        target_t *target = &doing->targets[doing->asked];
        tmesh_err_t err = deed->is_cancel ? ask_cancel(self, deed, target->id, tag)
                                          : ask_action(self, deed, target->id, tag);
        if (err == TMESH_ERR_FULL && doing->asked > doing->answered) return;
        doing->asked++;
        if (!err) continue;
        refuse(doing, target, err, NULL);
        doing->answered++;
    }
}

static void proceed(tmesh_gateway_t *self, tmesh_gateway_pending_t *pending)
{
    doing_t *doing = pending->state;
    if (doing->answered < doing->asked) return;
    ask_wave(self, doing, pending->tag);
    if (doing->answered < doing->count) return;
    if (doing->deed.is_single) reply_single(self, &pending->to, doing);
    else reply_list(self, &pending->to, doing);
    tmesh_gateway_release(self, &pending);
}

// ---- Which tasks --------------------------------------------------------------------------------

static void on_found(void *object, const tmesh_find_tasks_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_answered(self, answer->tag, answer->err, answer->fault);
    if (!pending) return;
    doing_t *doing = pending->state;
    doing->more = answer->reply->more;
    doing->targets = tmesh_alloc_array(answer->reply->count + 1, sizeof *doing->targets);
    for (size_t i = 0; i < answer->reply->count; i++) {
        add_target(doing, &answer->reply->tasks[i], i);
    }
    proceed(self, pending);
}

void tmesh_gateway_do(tmesh_gateway_t *self, tmesh_gateway_command_t *command,
                      const tmesh_gateway_deed_t *deed)
{
    doing_t *doing = new_doing(deed);
    tmesh_gateway_pending_t *pending =
        tmesh_gateway_hold(self, &command->from, doing, free_doing);
    if (deed->is_single) {
        doing->targets = tmesh_alloc(sizeof *doing->targets);
        add_target(doing, &(tmesh_found_task_t){.id = deed->ids[0]}, 0);
        proceed(self, pending);
        return;
    }
    tmesh_find_tasks_request_t request = {
        .filter = deed->filter, .id_count = deed->id_count, .task_ids = deed->ids};
    request.arena = tmesh_gateway_give_arena(self, command, false);
    tmesh_err_t err = tmesh_ask_find_tasks(self->context, &request, on_found, pending->tag);
    tmesh_gateway_asked(self, pending, err, &request.arena);
}
