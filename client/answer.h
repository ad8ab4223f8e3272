// client/answer.h - how an answer comes about; include/taskmesh/client.h has what can be asked.
#ifndef TMESH_CLIENT_ANSWER_H
#define TMESH_CLIENT_ANSWER_H

#include "services/wire/frame.h"
#include "taskmesh/client.h"

// Takes the message that came from the server.
tmesh_answer_t *tmesh_answer_new(tmesh_frames_t **frames_p);
// There was no message: status 0 and an error.
tmesh_answer_t *tmesh_answer_new_missing(const char *code, const char *message);
// The same task, told as created: a duplicate that this very call had made.
tmesh_answer_t *tmesh_answer_new_created(const tmesh_answer_t *duplicate);
// The first item of an array in the body, as an answer of its own: it has a "status". The whole
// answer again when there is none. Takes it.
tmesh_answer_t *tmesh_answer_of_item(tmesh_answer_t **self_p, const char *key);
// A 503 that is a refusal, not a report on the server's health.
bool tmesh_answer_asks_for_repeat(const tmesh_answer_t *self);
int64_t tmesh_answer_retry_after_ms(const tmesh_answer_t *self);
// All of {"name": {"frame": N}} at a key of the body; lent until it is destroyed.
size_t tmesh_answer_results(tmesh_answer_t *self, const char *key, const char *const **names_p,
                            const tmesh_view_t **results_p);

#endif
