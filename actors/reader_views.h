// actors/reader_views.h - tasks, steps and templates as JSON for people and programs
// (docs/PROTOCOL.md, TASK.GET). Private to the reader.
#ifndef TMESH_ACTORS_READER_VIEWS_H
#define TMESH_ACTORS_READER_VIEWS_H

#include "services/domain/credit.h"
#include "services/store/reader.h"
#include "services/templates/definition.h"
#include "services/wire/messages.h"
#include "services/wire/writer.h"

// A body under way, and the payload frames that it refers to.
typedef struct {
    tmesh_arena_t *arena; // the reply's
    tmesh_buffer_t *body;
    tmesh_writer_t writer;
    tmesh_bytes_t *frames;
    size_t frame_count;
    size_t frame_capacity;
} tmesh_view_t;

tmesh_view_t tmesh_view_begin(tmesh_arena_t *arena, tmesh_buffer_t *body);
tmesh_encoded_t tmesh_view_end(tmesh_view_t *self);

// What the views need to know beside the rows.
typedef struct {
    const tmesh_definition_t *definition;
    const tmesh_credit_t *credit;
    int64_t now_ms;
    int64_t paused_ms; // of the task; 0: it is not paused
    bool is_blocked;   // the task is, by failures
} tmesh_view_facts_t;

// {"frame": N}, or null when there is no payload.
void tmesh_view_payload(tmesh_view_t *self, const char *key, tmesh_bytes_t payload);
// The members of a task, into the object that is open.
void tmesh_view_task(tmesh_view_t *self, const tmesh_task_view_t *task,
                     const tmesh_view_facts_t *facts, const tmesh_step_view_t *steps,
                     size_t step_count);
// The members of one of them, into the object that is open.
void tmesh_view_step(tmesh_view_t *self, const tmesh_step_view_t *step,
                     const tmesh_step_view_t *steps, size_t count,
                     const tmesh_view_facts_t *facts);
// "steps": [...]
void tmesh_view_steps(tmesh_view_t *self, const tmesh_step_view_t *steps, size_t count,
                      const tmesh_view_facts_t *facts);

// Why a step or a task waits, in words; NULL when it does not. Into `text`.
const char *tmesh_view_step_reason(const tmesh_step_view_t *step, const tmesh_view_facts_t *facts,
                                   char text[256]);
const char *tmesh_view_task_reason(const tmesh_task_view_t *task, const tmesh_view_facts_t *facts,
                                   const tmesh_step_view_t *steps, size_t step_count,
                                   char text[256]);

#endif
