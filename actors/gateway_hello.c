// WORKER.HELLO: a session begins, with the runs that the worker still holds from an earlier one.
//
// Whether a held run still counts only the store knows, so each is asked for (note_steps_sent,
// adopted); the session begins when all answers are in.
#include <stdlib.h>
#include <string.h>

#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum {
    WORKER_NAME_CHARS_MAX = 128,
    NAME_CHARS_MAX = 255,
    CAPACITY_MAX = 10000,
    HEARTBEAT_MS_MIN = 100,
    HEARTBEAT_MS_MAX = 60000,
    LOST_AFTER_MS_MAX = 600000,
    HEARTBEATS_MISSED = 3,
    FEATURES_MAX = 100,
};

typedef struct {
    tmesh_fence_t fence;
    tmesh_err_t err;
    char code[48]; // of the fault; empty: none
    int64_t timeout_ms;
} held_run_t;

struct tmesh_hello {
    tmesh_arena_t *arena; // of everything below
    tmesh_session_terms_t terms;
    held_run_t *held;
    size_t held_count;
    size_t asked;
    size_t answered;
    tmesh_gateway_pending_t *pending; // owns this, as its state
    bool is_listed;
    TAILQ_ENTRY(tmesh_hello) in_all;
};

static void free_hello(void *object)
{
    tmesh_hello_t *hello = object;
    tmesh_arena_t *arena = hello->arena; // the hello lives in it
    tmesh_arena_destroy(&arena);
}

// ---- What the worker says -----------------------------------------------------------------------

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Sorted and without doubles, so that the same set is the same offer.
static const char **read_texts(tmesh_body_t *body, const char *key, tmesh_body_need_t need,
                               size_t *count)
{
    tmesh_items_t items;
    tmesh_body_items(body, key, need, 1, TMESH_OFFER_NAMES_MAX, &items);
    const char **texts = tmesh_arena_alloc(body->arena, (items.count + 1) * sizeof *texts);
    size_t found = 0;
    while (tmesh_items_next_text(&items, 1, NAME_CHARS_MAX, &texts[found])) found++;
    qsort(texts, found, sizeof *texts, compare_texts);
    *count = 0;
    for (size_t i = 0; i < found; i++) {
        if (*count == 0 || strcmp(texts[*count - 1], texts[i]) != 0) texts[(*count)++] = texts[i];
    }
    return texts;
}

static void read_callables(tmesh_body_t *body, tmesh_session_terms_t *terms)
{
    const unsigned allowed =
        1u << TMESH_JSON_STRING | 1u << TMESH_JSON_ARRAY | 1u << TMESH_JSON_NULL;
    tmesh_bytes_t json = tmesh_body_json(body, "callables", TMESH_BODY_OPTIONAL, allowed);
    if (tmesh_json_kind(json) == TMESH_JSON_ARRAY) {
        terms->callables =
            read_texts(body, "callables", TMESH_BODY_OPTIONAL, &terms->callable_count);
    } else if (tmesh_json_kind(json) == TMESH_JSON_STRING &&
               !tmesh_bytes_equal_text(json, "\"any\"")) {
        tmesh_body_object_to(body, "callables", "unknown_value",
                             "callables is an array of patterns, or \"any\"");
    }
}

static void read_times(const tmesh_gateway_t *self, tmesh_body_t *body,
                       tmesh_session_terms_t *terms)
{
    terms->heartbeat_ms = tmesh_body_integer(body, "heartbeat_ms", HEARTBEAT_MS_MIN,
                                             HEARTBEAT_MS_MAX, self->services->heartbeat_ms);
    int64_t lost_after_ms = self->services->lost_after_ms;
    if (tmesh_body_has(body, "heartbeat_ms")) {
        lost_after_ms = HEARTBEATS_MISSED * terms->heartbeat_ms;
    }
    terms->lost_after_ms = tmesh_body_integer(body, "lost_after_ms", 2 * terms->heartbeat_ms,
                                              LOST_AFTER_MS_MAX, lost_after_ms);
}

// Words that this node does not know are another version's.
static void read_features(tmesh_body_t *body, tmesh_session_terms_t *terms)
{
    tmesh_items_t items;
    tmesh_body_items(body, "features", TMESH_BODY_OPTIONAL, 0, FEATURES_MAX, &items);
    const char *word = NULL;
    while (tmesh_items_next_text(&items, 1, NAME_CHARS_MAX, &word)) {
        if (strcmp(word, "extend_time_limit") == 0) terms->extends_time_limit = true;
        if (strcmp(word, "parents_only") == 0) terms->parents_only = true;
    }
}

static void read_held(tmesh_body_t *body, tmesh_hello_t *hello)
{
    tmesh_items_t items;
    tmesh_body_items(body, "held_runs", TMESH_BODY_OPTIONAL, 0, TMESH_GATEWAY_RESULTS_MAX, &items);
    hello->held = tmesh_arena_alloc(body->arena, (items.count + 1) * sizeof *hello->held);
    tmesh_body_t item;
    while (tmesh_items_next(&items, NULL, &item)) {
        tmesh_fence_t *fence = &hello->held[hello->held_count++].fence;
        (void)tmesh_gateway_read_fence(&item, fence);
    }
}

// ---- The session begins -------------------------------------------------------------------------

static void write_held(tmesh_writer_t *writer, const held_run_t *held)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_uuid(writer, "step_uuid", held->fence.step_id.bytes);
    tmesh_writer_integer(writer, "run", held->fence.run);
    tmesh_writer_integer(writer, "status", tmesh_status_of_error(held->err));
    if (held->err) tmesh_writer_text(writer, "code", held->code);
    tmesh_writer_close_object(writer);
}

static void reply_welcome(tmesh_gateway_t *self, const tmesh_hello_t *hello)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_uuid(&writer, "session", hello->terms.id.bytes);
    tmesh_writer_uuid(&writer, "node", self->services->node_id.bytes);
    tmesh_writer_integer(&writer, "heartbeat_ms", hello->terms.heartbeat_ms);
    tmesh_writer_integer(&writer, "lost_after_ms", hello->terms.lost_after_ms);
    tmesh_writer_open_array(&writer, "held");
    for (size_t i = 0; i < hello->held_count; i++) write_held(&writer, &hello->held[i]);
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &hello->pending->to, TMESH_STATUS_OK, body);
}

static void adopt_held(tmesh_gateway_t *self, tmesh_hello_t *hello, tmesh_session_t *session)
{
    int64_t now_ms = tmesh_clock_now_ms(self->clock);
    for (size_t i = 0; i < hello->held_count; i++) {
        held_run_t *held = &hello->held[i];
        if (held->err) continue;
        tmesh_run_t *run = tmesh_dispatch_adopt(self->dispatch, held->fence, session, now_ms);
        if (run) {
            run->timeout_ms = held->timeout_ms;
            run->extended_ms = tmesh_gateway_now_ms(self);
            continue;
        }
        held->err = TMESH_ERR_CONFLICT; // a newer run came here while the answer was on its way
        strcpy(held->code, "stale_run");
    }
}

static void begin_session(tmesh_gateway_t *self, tmesh_hello_t *hello)
{
    tmesh_session_t *before =
        tmesh_sessions_at(tmesh_dispatch_sessions(self->dispatch), hello->terms.routing);
    // Its runs are told of at the next tick; those that the worker holds are adopted before that.
    if (before) tmesh_dispatch_leave(self->dispatch, &before);
    int64_t now_ms = tmesh_gateway_now_ms(self);
    tmesh_session_t *session = NULL;
    tmesh_err_t err = tmesh_dispatch_join(self->dispatch, &hello->terms,
                                          tmesh_clock_now_ms(self->clock), now_ms, &session);
    self->dispatch_due = true;
    if (err) {
        tmesh_auto(tmesh_fault) fault =
            tmesh_fault_new(err, "too_many_offers", "/callables",
                            "this node knows %d different sets of namespaces and callables, and "
                            "takes no other", TMESH_OFFERS_MAX);
        tmesh_gateway_reply_fault(self, &hello->pending->to, fault);
        return;
    }
    int64_t lost_at_ms = now_ms + session->lost_after_ms;
    if (lost_at_ms < self->judge_ms) self->judge_ms = lost_at_ms;
    self->credit_freed = true;
    // What waits for exactly this offer was no backlog as long as nobody made it.
    tmesh_credit_note_backlog(self->services->credit);
    adopt_held(self, hello, session);
    reply_welcome(self, hello);
    tmesh_log_info(tmesh_context_log(self->context), "worker.joined",
                   "worker=%s capacity=%u held_runs=%zu", session->name, session->capacity,
                   hello->held_count);
}

static void proceed(tmesh_gateway_t *self, tmesh_hello_t *hello);

// Nobody knows whose the runs are: the worker keeps them, and says HELLO again.
static void put_off(tmesh_gateway_t *self, tmesh_hello_t *hello,
                    const tmesh_note_steps_sent_answer_t *answer)
{
    if (hello->is_listed) TAILQ_REMOVE(&self->hellos, hello, in_all);
    tmesh_gateway_pending_t *pending = hello->pending;
    tmesh_gateway_reply_error(self, &pending->to, answer->err, answer->fault);
    tmesh_gateway_release(self, &pending);
}

static void on_adopted(void *object, const tmesh_note_steps_sent_answer_t *answer)
{
    tmesh_gateway_t *self = object;
    tmesh_gateway_pending_t *pending = tmesh_gateway_find(self, answer->tag);
    if (!pending) return;
    tmesh_hello_t *hello = pending->state;
    if (tmesh_err_may_retry(answer->err)) {
        put_off(self, hello, answer);
        return;
    }
    const tmesh_fence_t *fence = &answer->request->fence;
    for (size_t i = 0; i < hello->held_count; i++) {
        held_run_t *held = &hello->held[i];
        if (held->err || memcmp(&held->fence, fence, sizeof *fence) != 0) continue;
        if (!answer->err) {
            held->timeout_ms = answer->reply->timeout_ms;
            continue;
        }
        // Whatever else may be wrong: a run that could not be adopted is not the worker's.
        held->err = answer->err == TMESH_ERR_NOT_FOUND ? TMESH_ERR_NOT_FOUND : TMESH_ERR_CONFLICT;
        const char *code = answer->fault ? answer->fault->code : tmesh_err_word(answer->err);
        snprintf(held->code, sizeof held->code, "%s", code);
        break;
    }
    hello->answered++;
    proceed(self, hello);
}

// Asks for what is still to ask, and begins the session once all answers are in.
static void proceed(tmesh_gateway_t *self, tmesh_hello_t *hello)
{
    while (hello->asked < hello->held_count) {
        tmesh_note_steps_sent_request_t request = {
            .arena = tmesh_arena_new(),
            .fence = hello->held[hello->asked].fence,
            .sent_at_ms = tmesh_clock_now_ms(self->clock),
            .adopted = true,
            .extends = hello->terms.extends_time_limit, // to come back with it is a beat, too
        };
        request.worker = tmesh_arena_text(request.arena, hello->terms.name);
        tmesh_err_t err = tmesh_ask_note_steps_sent(self->context, &request, on_adopted,
                                                    hello->pending->tag);
        if (err) {
            tmesh_arena_destroy(&request.arena);
            tmesh_gateway_note_full(self);
            if (!hello->is_listed) TAILQ_INSERT_TAIL(&self->hellos, hello, in_all);
            hello->is_listed = true;
            return;
        }
        hello->asked++;
    }
    if (hello->is_listed) TAILQ_REMOVE(&self->hellos, hello, in_all);
    hello->is_listed = false;
    if (hello->answered < hello->held_count) return;
    begin_session(self, hello);
    tmesh_gateway_pending_t *pending = hello->pending;
    tmesh_gateway_release(self, &pending);
}

void tmesh_gateway_proceed_hellos(tmesh_gateway_t *self)
{
    tmesh_hello_t *hello = TAILQ_FIRST(&self->hellos);
    while (hello) {
        tmesh_hello_t *next = TAILQ_NEXT(hello, in_all);
        proceed(self, hello);
        hello = next;
    }
}

// Nothing more goes to the session that this one replaces: its worker has forgotten it.
static void hold_session_before(tmesh_gateway_t *self, const tmesh_hello_t *hello)
{
    tmesh_session_t *before =
        tmesh_sessions_at(tmesh_dispatch_sessions(self->dispatch), hello->terms.routing);
    if (before) before->blocked_until_ms = tmesh_gateway_now_ms(self) + before->lost_after_ms;
}

void tmesh_gateway_worker_hello(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_body_t *body = &command->body;
    tmesh_hello_t *hello = tmesh_arena_alloc(command->arena, sizeof *hello);
    tmesh_session_terms_t *terms = &hello->terms;
    terms->id = tmesh_session_id_new(tmesh_context_random(self->context));
    terms->name = tmesh_body_text(body, "name", TMESH_BODY_NEEDED, 1, WORKER_NAME_CHARS_MAX);
    terms->namespaces = read_texts(body, "namespaces", TMESH_BODY_NEEDED, &terms->namespace_count);
    read_callables(body, terms);
    terms->capacity = (uint32_t)tmesh_body_integer_needed(body, "capacity", 1, CAPACITY_MAX);
    read_times(self, body, terms);
    read_features(body, terms);
    read_held(body, hello);
    if (command->fault) return;
    terms->routing = tmesh_arena_bytes(
        command->arena, tmesh_bytes(command->from.routing_id, command->from.routing_id_size));
    terms->through_req = command->from.through_req;
    hello->arena = tmesh_gateway_give_arena(self, command, false);
    hello->pending = tmesh_gateway_hold(self, &command->from, hello, free_hello);
    hold_session_before(self, hello);
    proceed(self, hello);
}
