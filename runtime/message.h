// runtime/message.h - what travels between actors: a typed request, room for its typed reply.
//
// A message is two structs, tmesh_NAME_request_t and tmesh_NAME_reply_t, and one line in a contract
// (see TMESH_MESSAGE below). Both structs begin with `tmesh_arena_t *arena`: whatever they point to
// lives there, and is freed with the message. The wrong struct, the wrong handler or a message that
// nobody answers does not build.
#ifndef TMESH_RUNTIME_MESSAGE_H
#define TMESH_RUNTIME_MESSAGE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/error.h"

typedef struct tmesh_actor_class tmesh_actor_class_t; // runtime/actor.h
typedef struct tmesh_context tmesh_context_t;         // runtime/context.h
typedef struct tmesh_message tmesh_message_t;         // the envelope; only runtime/ looks inside

// One message as its handler sees it. The handler fills `reply`, or sets `err` and perhaps `fault`.
typedef struct {
    const void *request;
    void *reply;
    tmesh_err_t err;
    tmesh_fault_t *fault; // owned by the message
} tmesh_item_t;

// All waiting messages of one type, up to a limit: one batch, one commit.
typedef struct {
    size_t count;
    tmesh_item_t *items;
} tmesh_batch_t;

// Marks one item as failed; takes the fault, which may be NULL for a plain error.
void tmesh_item_fail(tmesh_item_t *item, tmesh_err_t err, tmesh_fault_t **fault_p);

// What the asker gets back, in its own mailbox. Everything is lent for the duration of the call;
// `reply` is zeroed when err is set.
typedef struct {
    tmesh_err_t err;
    const tmesh_fault_t *fault; // may be NULL
    const void *request;
    const void *reply;
    uint64_t tag; // as given to ask
} tmesh_reply_view_t;

typedef tmesh_err_t tmesh_handle_t(void *self, tmesh_batch_t *batch);
typedef void tmesh_untyped_t(void);
typedef void tmesh_take_answer_t(void *self, tmesh_untyped_t *on_answer,
                                 const tmesh_reply_view_t *answer);

typedef struct tmesh_message_type {
    const char *name;
    const tmesh_actor_class_t *actor; // who answers
    size_t request_size;
    size_t reply_size;
    tmesh_handle_t *handle;
} tmesh_message_type_t;

// The three verbs, untyped; the typed ones below are what code calls (runtime/context.h).
tmesh_err_t tmesh_context_tell(tmesh_context_t *self, const tmesh_message_type_t *type,
                               void *request);
tmesh_err_t tmesh_context_ask(tmesh_context_t *self, const tmesh_message_type_t *type,
                              void *request, tmesh_untyped_t *on_answer,
                              tmesh_take_answer_t *take_answer, uint64_t tag);
tmesh_err_t tmesh_context_call(tmesh_context_t *self, const tmesh_message_type_t *type,
                               void *request, void *reply, tmesh_fault_t **fault_p,
                               int64_t timeout_ms);

// Declares everything about one message: TMESH_MESSAGE(task_finalizer, finalize_task).
//
// tell: no reply. ask: the typed reply comes to my own mailbox later, as a call of `on_answer`
// (self is the asking actor). call: blocks for the reply; only for threads outside the mesh.
// Once the message is under way the request's arena is taken and request->arena is NULL; a message
// that could not be sent leaves all to you: TMESH_ERR_FULL, TMESH_ERR_CLOSED. call also returns
// TMESH_ERR_TIMEOUT (it may still be handled later) and whatever the handler said, with its fault
// (yours) in *fault_p, which may be NULL if you don't want it. A receiver that stops answers what it
// has not handled with TMESH_ERR_CLOSED. An actor that was restarted gets no answers to what its
// former life has asked.
#define TMESH_MESSAGE(actor_name, message)                                                         \
    typedef struct tmesh_##actor_name tmesh_##actor_name##_t;                                      \
    typedef struct {                                                                               \
        tmesh_batch_t any;                                                                         \
    } tmesh_##message##_batch_t;                                                                   \
    typedef tmesh_err_t tmesh_##message##_handler_t(tmesh_##actor_name##_t *self,                  \
                                                    tmesh_##message##_batch_t *batch);             \
    typedef struct {                                                                               \
        tmesh_err_t err;                                                                           \
        const tmesh_fault_t *fault;                                                                \
        const tmesh_##message##_request_t *request;                                                \
        const tmesh_##message##_reply_t *reply;                                                    \
        uint64_t tag;                                                                              \
    } tmesh_##message##_answer_t;                                                                  \
    typedef void tmesh_##message##_on_answer_t(void *self,                                         \
                                               const tmesh_##message##_answer_t *answer);          \
    static_assert(offsetof(tmesh_##message##_request_t, arena) == 0, "arena comes first");         \
    static_assert(offsetof(tmesh_##message##_reply_t, arena) == 0, "arena comes first");           \
    extern const tmesh_actor_class_t tmesh_##actor_name##_class;                                   \
    extern const tmesh_message_type_t tmesh_message_##message;                                     \
    [[maybe_unused]] static inline const tmesh_##message##_request_t *tmesh_##message##_request(   \
        const tmesh_##message##_batch_t *batch, size_t i)                                          \
    {                                                                                              \
        return batch->any.items[i].request;                                                        \
    }                                                                                              \
    [[maybe_unused]] static inline tmesh_##message##_reply_t *tmesh_##message##_reply(             \
        tmesh_##message##_batch_t *batch, size_t i)                                                \
    {                                                                                              \
        return batch->any.items[i].reply;                                                          \
    }                                                                                              \
    [[maybe_unused]] static inline tmesh_err_t tmesh_tell_##message(                               \
        tmesh_context_t *context, tmesh_##message##_request_t *request)                            \
    {                                                                                              \
        return tmesh_context_tell(context, &tmesh_message_##message, request);                     \
    }                                                                                              \
    [[maybe_unused]] static void tmesh_take_answer_##message(                                      \
        void *self, tmesh_untyped_t *on_answer, const tmesh_reply_view_t *answer)                      \
    {                                                                                              \
        tmesh_##message##_answer_t typed = {answer->err, answer->fault, answer->request,           \
                                            answer->reply, answer->tag};                           \
        ((tmesh_##message##_on_answer_t *)on_answer)(self, &typed);                                \
    }                                                                                              \
    [[maybe_unused]] static inline tmesh_err_t tmesh_ask_##message(                                \
        tmesh_context_t *context, tmesh_##message##_request_t *request,                            \
        tmesh_##message##_on_answer_t *on_answer, uint64_t tag)                                    \
    {                                                                                              \
        return tmesh_context_ask(context, &tmesh_message_##message, request,                       \
                                 (tmesh_untyped_t *)on_answer, tmesh_take_answer_##message, tag);  \
    }                                                                                              \
    [[maybe_unused]] static inline tmesh_err_t tmesh_call_##message(                               \
        tmesh_context_t *context, tmesh_##message##_request_t *request,                            \
        tmesh_##message##_reply_t *reply, tmesh_fault_t **fault_p, int64_t timeout_ms)             \
    {                                                                                              \
        return tmesh_context_call(context, &tmesh_message_##message, request, reply, fault_p,      \
                                  timeout_ms);                                                     \
    }

// In the answering actor's source, once per message: TMESH_ANSWER(task_finalizer, finalize_task,
// decide_ends). A handler with another signature does not compile.
#define TMESH_ANSWER(actor_name, message, handler)                                                 \
    static tmesh_err_t tmesh_handle_##message(void *self, tmesh_batch_t *batch)                    \
    {                                                                                              \
        tmesh_##message##_handler_t *typed = (handler);                                            \
        return typed(self, (tmesh_##message##_batch_t *)batch);                                    \
    }                                                                                              \
    const tmesh_message_type_t tmesh_message_##message = {                                         \
        .name = #message,                                                                          \
        .actor = &tmesh_##actor_name##_class,                                                      \
        .request_size = sizeof(tmesh_##message##_request_t),                                       \
        .reply_size = sizeof(tmesh_##message##_reply_t),                                           \
        .handle = tmesh_handle_##message,                                                          \
    };

#endif
