#include "runtime/batch.h"

#include <assert.h>
#include <stddef.h>

// Calls the handler once and moves what it said of each item into the messages.
static tmesh_err_t run_once(const tmesh_message_type_t *type, tmesh_message_t **messages,
                            size_t count, void *object)
{
    assert(count <= TMESH_BATCH_MAX);
    tmesh_item_t items[TMESH_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        tmesh_message_reset_reply(messages[i]);
        items[i] = (tmesh_item_t){
            .request = tmesh_message_request(messages[i]),
            .reply = tmesh_message_reply(messages[i]),
        };
    }
    tmesh_batch_t batch = {.count = count, .items = items};
    tmesh_err_t err = type->handle(object, &batch);
    for (size_t i = 0; i < count; i++) {
        messages[i]->err = items[i].err;
        messages[i]->fault = items[i].fault;
    }
    return err;
}

static bool is_passing(tmesh_err_t err)
{
    return err == TMESH_ERR_CONNECTION || err == TMESH_ERR_SERIALIZATION;
}

// The batch failed as a whole; an item that was told its own error keeps that.
static void fail_all(tmesh_message_t **messages, size_t count, tmesh_err_t err)
{
    for (size_t i = 0; i < count; i++) {
        if (!messages[i]->err) messages[i]->err = err;
    }
}

static tmesh_err_t leave_unhandled(tmesh_message_t **messages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tmesh_message_reset_reply(messages[i]);
        messages[i]->err = TMESH_ERR_CLOSED;
    }
    return TMESH_ERR_FATAL;
}

// One message alone, once: its error is its own.
static tmesh_err_t run_alone(const tmesh_message_type_t *type, tmesh_message_t *message,
                             void *const *object_p, tmesh_revive_t *revive, void *actor)
{
    tmesh_err_t err = run_once(type, &message, 1, *object_p);
    if (!err) return TMESH_OK;
    fail_all(&message, 1, err);
    return err == TMESH_ERR_FATAL ? revive(actor, type) : TMESH_OK;
}

tmesh_err_t tmesh_batch_run(const tmesh_message_type_t *type, tmesh_message_t **messages,
                            size_t count, void *const *object_p, tmesh_revive_t *revive,
                            void *actor)
{
    assert(count > 0);
    tmesh_err_t err = TMESH_OK;
    for (int i = 0; i <= TMESH_BATCH_REPEATS; i++) {
        err = run_once(type, messages, count, *object_p);
        if (!is_passing(err)) break;
    }
    if (!err) return TMESH_OK;
    if (is_passing(err) || count == 1) {
        fail_all(messages, count, err);
        return err == TMESH_ERR_FATAL ? revive(actor, type) : TMESH_OK;
    }
    if (err == TMESH_ERR_FATAL && revive(actor, type) != TMESH_OK) {
        return leave_unhandled(messages, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (run_alone(type, messages[i], object_p, revive, actor) == TMESH_OK) continue;
        return leave_unhandled(messages + i + 1, count - i - 1);
    }
    return TMESH_OK;
}
