#include "runtime/context.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "runtime/call.h"
#include "runtime/context_private.h"
#include "runtime/envelope.h"
#include "runtime/host.h"

struct tmesh_context {
    tmesh_context_config_t config;
    tmesh_random_t *random;
    uint32_t life; // which object of the actor uses it
};

tmesh_context_t *tmesh_context_new(const tmesh_context_config_t *config)
{
    tmesh_context_t *self = tmesh_alloc(sizeof *self);
    self->config = *config;
    self->random = config->random_seed ? tmesh_random_new_seeded(config->random_seed)
                                       : tmesh_random_new_system();
    return self;
}

void tmesh_context_destroy(tmesh_context_t **self_p)
{
    tmesh_context_t *self = *self_p;
    if (!self) return;
    tmesh_random_destroy(&self->random);
    tmesh_free(self);
    *self_p = NULL;
}

const tmesh_clock_t *tmesh_context_clock(const tmesh_context_t *self)
{
    return self->config.clock;
}

tmesh_random_t *tmesh_context_random(tmesh_context_t *self)
{
    return self->random;
}

tmesh_log_t *tmesh_context_log(const tmesh_context_t *self)
{
    return self->config.log;
}

void *tmesh_context_zmq(const tmesh_context_t *self)
{
    return self->config.directory->zmq;
}

void *tmesh_context_socket(const tmesh_context_t *self, int type)
{
    void *zmq = tmesh_context_zmq(self);
    return zmq ? tmesh_host_socket(zmq, type) : NULL;
}

void tmesh_context_lose_tells(tmesh_context_t *self, unsigned percent)
{
    assert(percent <= 100);
    *self->config.lose_percent = percent;
}

tmesh_mailbox_t *tmesh_context_mailbox(const tmesh_context_t *self)
{
    return self->config.mailbox;
}

tmesh_pool_t *tmesh_context_pool(const tmesh_context_t *self)
{
    return self->config.pool;
}

tmesh_counters_t *tmesh_context_counters(const tmesh_context_t *self)
{
    return self->config.counters;
}

const tmesh_kin_t *tmesh_context_kin(const tmesh_context_t *self)
{
    return &self->config.kin;
}

void tmesh_context_begin_life(tmesh_context_t *self)
{
    self->life++;
}

bool tmesh_context_expects(const tmesh_context_t *self, const tmesh_message_t *reply)
{
    return reply->life == self->life;
}

static tmesh_err_t post(const tmesh_context_t *self, tmesh_message_t **message_p)
{
    const tmesh_actor_class_t *class = (*message_p)->type->actor;
    const tmesh_directory_t *directory = self->config.directory;
    for (size_t i = 0; i < directory->count; i++) {
        if (directory->entries[i].class != class) continue;
        return tmesh_mailbox_post(directory->entries[i].mailbox, message_p);
    }
    return TMESH_ERR_CLOSED; // this runtime has no such actor
}

tmesh_err_t tmesh_context_tell(tmesh_context_t *self, const tmesh_message_type_t *type,
                               void *request)
{
    unsigned lose_percent = self->config.mailbox ? *self->config.lose_percent : 0;
    tmesh_message_t *message = tmesh_message_new(self->config.pool, type, request);
    if (lose_percent > 0 && tmesh_random_below(self->random, 100) < lose_percent) {
        self->config.counters->lost_tells++;
        tmesh_message_recycle(&message, self->config.pool);
        return TMESH_OK;
    }
    tmesh_err_t err = post(self, &message);
    if (err) tmesh_message_recall(&message, self->config.pool, request);
    return err;
}

tmesh_err_t tmesh_context_ask(tmesh_context_t *self, const tmesh_message_type_t *type,
                              void *request, tmesh_untyped_t *on_answer,
                              tmesh_take_answer_t *take_answer, uint64_t tag)
{
    assert(self->config.mailbox); // only actors can be answered in their mailbox
    tmesh_err_t err = tmesh_mailbox_reserve(self->config.mailbox);
    if (err) return err;
    tmesh_message_t *message = tmesh_message_new(self->config.pool, type, request);
    message->reply_to = self->config.mailbox;
    message->on_answer = on_answer;
    message->take_answer = take_answer;
    message->tag = tag;
    message->life = self->life;
    err = post(self, &message);
    if (!err) return TMESH_OK;
    tmesh_mailbox_unreserve(self->config.mailbox);
    tmesh_message_recall(&message, self->config.pool, request);
    return err;
}

tmesh_err_t tmesh_context_call(tmesh_context_t *self, const tmesh_message_type_t *type,
                               void *request, void *reply, tmesh_fault_t **fault_p,
                               int64_t timeout_ms)
{
    assert(!self->config.mailbox); // an actor never blocks on another actor
    assert(self->config.directory->zmq);
    tmesh_message_t *message = tmesh_message_new(self->config.pool, type, request);
    tmesh_call_t *call = tmesh_call_new(self->config.pool);
    message->call = call;
    tmesh_err_t err = post(self, &message);
    if (err) {
        tmesh_call_destroy(&call, self->config.pool);
        tmesh_message_recall(&message, self->config.pool, request);
        return err;
    }
    message = tmesh_call_wait(&call, self->config.pool, timeout_ms);
    if (!message) return TMESH_ERR_TIMEOUT;
    err = message->err;
    if (fault_p) {
        *fault_p = message->fault;
        message->fault = NULL;
    }
    memcpy(reply, tmesh_message_reply(message), type->reply_size); // with its arena
    memset(tmesh_message_reply(message), 0, type->reply_size);
    tmesh_message_recycle(&message, self->config.pool);
    return err;
}

// An error has no reply, whatever the handler began to write.
static void drop_reply(tmesh_message_t *message)
{
    tmesh_err_t err = message->err;
    tmesh_fault_t *fault = message->fault;
    message->fault = NULL;
    tmesh_message_reset_reply(message);
    message->err = err;
    message->fault = fault;
}

void tmesh_context_answer(tmesh_context_t *self, tmesh_message_t **message_p)
{
    tmesh_message_t *message = *message_p;
    if (message->err) drop_reply(message);
    if (message->call) {
        tmesh_call_answer(message->call, message_p);
    } else if (message->reply_to) {
        message->is_reply = true;
        tmesh_mailbox_post_reserved(message->reply_to, message_p);
    } else {
        tmesh_message_recycle(message_p, self->config.pool);
    }
}

void tmesh_context_refuse(tmesh_context_t *self, tmesh_message_t **message_p)
{
    if ((*message_p)->is_reply) {
        tmesh_message_destroy(message_p);
        return;
    }
    tmesh_message_reset_reply(*message_p);
    (*message_p)->err = TMESH_ERR_CLOSED;
    tmesh_context_answer(self, message_p);
}

void tmesh_context_refuse_all(tmesh_context_t *self, tmesh_mailbox_t *mailbox)
{
    tmesh_mailbox_close(mailbox);
    for (tmesh_message_t *message; (message = tmesh_mailbox_take_last(mailbox));) {
        tmesh_context_refuse(self, &message);
    }
    tmesh_mailbox_handled(mailbox);
}
