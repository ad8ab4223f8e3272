// actors/archivist_actor.c - backups, a little at each question.
#include "actors/archivist.h"
#include "runtime/actor.h"
#include "runtime/base/memory.h"
#include "services/wire/contract.h"

enum {
    TURN_MS = 100,           // at work on one question
    FORGOTTEN_AFTER_MS = 10000, // a snapshot keeps the store's log from being emptied
};

struct tmesh_archivist {
    tmesh_context_t *context;                   // lent
    const tmesh_archivist_services_t *services; // lent
    uint64_t ticket;                            // of the last backup that was begun
    tmesh_backup_t *backup;                     // NULL: none is being made
    char *file;
    int64_t begun_ms; // monotonic, as the next one
    int64_t asked_ms;
};

static int64_t now_ms(const tmesh_archivist_t *self)
{
    return tmesh_clock_monotonic_ms(self->services->clock);
}

static void *create(tmesh_context_t *context, void *services)
{
    tmesh_archivist_t *self = tmesh_alloc(sizeof *self);
    self->context = context;
    self->services = services;
    // No ticket of an earlier life stands for a backup of this one.
    self->ticket = (uint64_t)tmesh_clock_monotonic_ns(self->services->clock);
    return self;
}

static void give_up(tmesh_archivist_t *self)
{
    tmesh_backup_destroy(&self->backup);
    tmesh_free(self->file);
    self->file = NULL;
}

static void destroy(void *object)
{
    tmesh_archivist_t *self = object;
    give_up(self);
    tmesh_free(self);
}

static int64_t due_ms(void *object)
{
    const tmesh_archivist_t *self = object;
    return self->backup ? self->asked_ms + FORGOTTEN_AFTER_MS : INT64_MAX;
}

static tmesh_err_t tick(void *object)
{
    tmesh_archivist_t *self = object;
    tmesh_log_warning(tmesh_context_log(self->context), "backup.given_up",
                      "file=%s reason=nobody_asks_for_it", self->file);
    give_up(self);
    return TMESH_OK;
}

static tmesh_err_t begin(tmesh_archivist_t *self, const tmesh_back_up_request_t *request,
                         tmesh_fault_t **fault_p)
{
    if (self->backup) {
        *fault_p = tmesh_fault_new(TMESH_ERR_BUSY, "backup_running", NULL,
                                   "another backup is being made: %s", self->file);
        return TMESH_ERR_BUSY;
    }
    self->begun_ms = now_ms(self);
    tmesh_err_t err = tmesh_store_open_backup(self->services->store, request->file,
                                              request->replace, &self->backup, fault_p);
    if (err) return err;
    self->ticket++;
    self->file = tmesh_strdup(request->file);
    tmesh_log_info(tmesh_context_log(self->context), "backup.begun", "file=%s", self->file);
    return TMESH_OK;
}

static void finish(tmesh_archivist_t *self, tmesh_back_up_reply_t *reply)
{
    const tmesh_backup_totals_t *totals = &self->backup->totals;
    reply->arena = tmesh_arena_new();
    reply->done = true;
    reply->file = tmesh_arena_text(reply->arena, self->file);
    reply->bytes = totals->bytes;
    reply->pages = totals->pages;
    reply->tasks = totals->tasks;
    reply->duration_ms = now_ms(self) - self->begun_ms;
    tmesh_log_info(tmesh_context_log(self->context), "backup.done", "file=%s bytes=%llu ms=%lld",
                   self->file, (unsigned long long)reply->bytes, (long long)reply->duration_ms);
    give_up(self);
}

static tmesh_err_t go_on(tmesh_archivist_t *self, tmesh_back_up_reply_t *reply,
                         tmesh_fault_t **fault_p)
{
    bool done = false;
    tmesh_err_t err = tmesh_backup_go_on(self->backup, TURN_MS, &done, fault_p);
    self->asked_ms = now_ms(self);
    if (err) {
        tmesh_log_warning(tmesh_context_log(self->context), "backup.failed", "file=%s error=%s",
                          self->file, *fault_p ? (*fault_p)->code : tmesh_err_word(err));
        give_up(self);
        return err;
    }
    reply->ticket = self->ticket;
    if (done) finish(self, reply);
    return TMESH_OK;
}

static tmesh_err_t answer(tmesh_archivist_t *self, const tmesh_back_up_request_t *request,
                          tmesh_back_up_reply_t *reply, tmesh_fault_t **fault_p)
{
    if (request->ticket == 0) {
        tmesh_err_t err = begin(self, request, fault_p);
        if (err) return err;
    } else if (!self->backup || request->ticket != self->ticket) {
        *fault_p = tmesh_fault_new(TMESH_ERR_FATAL, "backup_lost", NULL,
                                   "the backup was given up in the middle");
        return TMESH_ERR_FATAL;
    }
    return go_on(self, reply, fault_p);
}

static tmesh_err_t back_up(tmesh_archivist_t *self, tmesh_back_up_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_fault_t *fault = NULL;
        tmesh_err_t err = answer(self, tmesh_back_up_request(batch, i),
                                 tmesh_back_up_reply(batch, i), &fault);
        if (err) tmesh_item_fail(&batch->any.items[i], err, &fault);
    }
    return TMESH_OK;
}

const tmesh_actor_class_t tmesh_archivist_class = {
    .name = "archivist",
    .create = create,
    .destroy = destroy,
    .due_ms = due_ms,
    .tick = tick,
};
TMESH_ANSWER(archivist, back_up, back_up)
