#include "runtime/message.h"

#include <stdalign.h>
#include <string.h>

#include "runtime/envelope.h"

static size_t aligned(size_t size)
{
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

// Both structs of a message begin with their arena.
static tmesh_arena_t **arena_of(void *request_or_reply)
{
    return request_or_reply;
}

// The reply is not zeroed here, apart from its arena: that comes before a handler sees it.
tmesh_message_t *tmesh_message_new(tmesh_pool_t *pool, const tmesh_message_type_t *type,
                                   void *request)
{
    static_assert(sizeof(tmesh_message_t) == 64, "see envelope.h");
    size_t size = aligned(sizeof(tmesh_message_t)) + aligned(type->request_size) + type->reply_size;
    tmesh_message_t *self = tmesh_pool_take(pool, size);
    *self = (tmesh_message_t){.type = type};
    memcpy(tmesh_message_request(self), request, type->request_size);
    *arena_of(tmesh_message_reply(self)) = NULL;
    *arena_of(request) = NULL;
    return self;
}

void *tmesh_message_request(tmesh_message_t *self)
{
    return (char *)self + aligned(sizeof *self);
}

void *tmesh_message_reply(tmesh_message_t *self)
{
    return (char *)self + aligned(sizeof *self) + aligned(self->type->request_size);
}

// Most messages have neither, and they are asked several times each.
static void free_arena(void *request_or_reply)
{
    tmesh_arena_t **arena = arena_of(request_or_reply);
    if (*arena) tmesh_arena_destroy(arena);
}

static void free_fault(tmesh_message_t *self)
{
    if (self->fault) tmesh_fault_destroy(&self->fault);
}

void tmesh_message_reset_reply(tmesh_message_t *self)
{
    void *reply = tmesh_message_reply(self);
    free_arena(reply);
    memset(reply, 0, self->type->reply_size);
    self->err = TMESH_OK;
    free_fault(self);
}

void tmesh_message_recall(tmesh_message_t **self_p, tmesh_pool_t *pool, void *request)
{
    tmesh_arena_t **arena = arena_of(tmesh_message_request(*self_p));
    *arena_of(request) = *arena;
    *arena = NULL;
    tmesh_message_recycle(self_p, pool);
}

void tmesh_message_recycle(tmesh_message_t **self_p, tmesh_pool_t *pool)
{
    tmesh_message_t *self = *self_p;
    if (!self) return;
    free_arena(tmesh_message_request(self));
    free_arena(tmesh_message_reply(self));
    free_fault(self);
    tmesh_pool_give(pool, self);
    *self_p = NULL;
}

void tmesh_message_destroy(tmesh_message_t **self_p)
{
    tmesh_message_recycle(self_p, NULL);
}

void tmesh_item_fail(tmesh_item_t *item, tmesh_err_t err, tmesh_fault_t **fault_p)
{
    item->err = err;
    tmesh_fault_destroy(&item->fault);
    if (!fault_p) return;
    item->fault = *fault_p;
    *fault_p = NULL;
}
