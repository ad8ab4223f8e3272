#include "services/task_initialization/task_initialization.h"

#include "runtime/base/memory.h"
#include "services/moves/refill.h"
#include "services/task_initialization/context_checker.h"
#include "services/task_initialization/identity.h"
#include "services/task_initialization/task_builder.h"

struct tmesh_task_initialization {
    tmesh_tools_t *tools; // lent
    tmesh_template_finder_t *finder;
    tmesh_context_checker_t *checker;
};

// One submission of the batch, on its way to an answer.
typedef struct {
    tmesh_accepted_request_t accepted;
    tmesh_submission_answer_t *answer; // in the reply
    tmesh_arena_t *reply_arena;
    tmesh_work_task_t *task; // once it was added
} candidate_t;

tmesh_task_initialization_t *tmesh_task_initialization_new(tmesh_tools_t *tools)
{
    tmesh_task_initialization_t *self = tmesh_alloc(sizeof *self);
    self->tools = tools;
    self->finder = tmesh_template_finder_new(tools);
    self->checker = tmesh_context_checker_new();
    return self;
}

void tmesh_task_initialization_destroy(tmesh_task_initialization_t **self_p)
{
    if (!*self_p) return;
    tmesh_template_finder_destroy(&(*self_p)->finder);
    tmesh_context_checker_destroy(&(*self_p)->checker);
    tmesh_free(*self_p);
    *self_p = NULL;
}

tmesh_template_finder_t *tmesh_task_initialization_finder(tmesh_task_initialization_t *self)
{
    return self->finder;
}

static void release_fault(void *fault)
{
    tmesh_fault_t *owned = fault;
    tmesh_fault_destroy(&owned);
}

static void refuse(candidate_t *candidate, tmesh_fault_t *fault)
{
    tmesh_arena_adopt(candidate->reply_arena, fault, release_fault);
    candidate->answer->fault = fault;
}

// Finds the definition and the identity. An error is the store's; a refusal is in the answer.
static tmesh_err_t prepare(tmesh_task_initialization_t *self, candidate_t *candidate)
{
    const tmesh_submission_t *asked = candidate->accepted.submission;
    tmesh_fault_t *fault = NULL;
    tmesh_err_t err = tmesh_template_finder_find(
        self->finder, asked->namespace_name, asked->name, asked->version,
        &candidate->accepted.definition_id, &candidate->accepted.definition, &fault);
    if (err && !fault) return err;
    if (!fault) {
        fault = tmesh_context_checker_object(self->checker, candidate->accepted.definition_id,
                                             candidate->accepted.definition, asked->context);
    }
    if (!fault) {
        err = tmesh_identity_of(asked, candidate->accepted.definition,
                                &candidate->accepted.identity, &candidate->accepted.has_identity,
                                &fault);
        if (err && !fault) return err;
    }
    if (fault) refuse(candidate, fault);
    return TMESH_OK;
}

static tmesh_fault_t *duplicate(const tmesh_work_identity_t *existing)
{
    tmesh_uuid_text_t id;
    tmesh_uuid_format(existing->task_id.bytes, id);
    tmesh_fault_t *fault = tmesh_fault_new(TMESH_ERR_CONFLICT, "duplicate_task", NULL,
                                           "a task with this identity exists: %s", id);
    tmesh_auto_free char *details =
        existing->auto_idempotency_key
            ? tmesh_printf("{\"task_uuid\":\"%s\",\"auto_idempotency_key\":\"%s\"}", id,
                           existing->auto_idempotency_key)
            : tmesh_printf("{\"task_uuid\":\"%s\"}", id);
    tmesh_fault_set_details(fault, details);
    return fault;
}

// True when there is such a task already and the submission has its answer.
static bool answered_by_existing(tmesh_work_t *work, candidate_t *candidate)
{
    if (!candidate->accepted.has_identity) return false;
    const tmesh_work_identity_t *existing =
        tmesh_work_find_identity(work, &candidate->accepted.identity);
    if (!existing) return false;
    tmesh_on_duplicate_t on_duplicate = candidate->accepted.submission->on_duplicate;
    if (on_duplicate == TMESH_ON_DUPLICATE_ALLOW_IF_ENDED &&
        tmesh_task_state_is_terminal(existing->state)) {
        return false;
    }
    candidate->answer->task_id = existing->task_id;
    candidate->answer->existed = on_duplicate == TMESH_ON_DUPLICATE_RETURN;
    if (!candidate->answer->existed) refuse(candidate, duplicate(existing));
    return true;
}

static tmesh_err_t decide(tmesh_task_initialization_t *self, tmesh_work_t *work,
                          candidate_t *candidates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        candidate_t *candidate = &candidates[i];
        if (candidate->answer->fault || answered_by_existing(work, candidate)) continue;
        tmesh_err_t err =
            tmesh_task_builder_add(self->tools, work, &candidate->accepted, &candidate->task);
        if (err) return err;
        const tmesh_task_row_t *row = &candidate->task->row;
        candidate->answer->task_id = row->id;
        candidate->answer->step_count = row->steps_total;
        candidate->answer->created_at_ms = row->created_ms;
        if (!candidate->accepted.has_identity) continue;
        // The twin of a task that this very batch creates is a duplicate too.
        tmesh_work_identity_t own = {
            .task_id = row->id,
            .state = row->state,
            .auto_idempotency_key = candidate->accepted.submission->auto_idempotency_key,
        };
        tmesh_work_add_identity(work, &candidate->accepted.identity, &own);
    }
    return TMESH_OK;
}

static size_t count_submissions(const tmesh_process_task_request_batch_t *batch)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->any.count; i++) {
        count += tmesh_process_task_request_request(batch, i)->count;
    }
    return count;
}

static candidate_t *list_candidates(tmesh_process_task_request_batch_t *batch, size_t count)
{
    candidate_t *candidates = tmesh_alloc_array(count, sizeof *candidates);
    size_t next = 0;
    for (size_t i = 0; i < batch->any.count; i++) {
        const tmesh_process_task_request_request_t *request =
            tmesh_process_task_request_request(batch, i);
        tmesh_process_task_request_reply_t *reply = tmesh_process_task_request_reply(batch, i);
        reply->arena = tmesh_arena_new();
        reply->count = request->count;
        reply->answers =
            tmesh_arena_alloc(reply->arena, (request->count + 1) * sizeof *reply->answers);
        for (size_t j = 0; j < request->count; j++) {
            candidates[next++] = (candidate_t){
                .accepted.submission = &request->submissions[j],
                .answer = &reply->answers[j],
                .reply_arena = reply->arena,
            };
        }
    }
    return candidates;
}

static tmesh_count_t outcome_of(const tmesh_submission_answer_t *answer)
{
    if (answer->existed) return TMESH_COUNT_REQUESTS_DUPLICATE;
    if (!answer->fault) return TMESH_COUNT_REQUESTS_CREATED;
    return answer->fault->err == TMESH_ERR_CONFLICT ? TMESH_COUNT_REQUESTS_DUPLICATE
                                                    : TMESH_COUNT_REQUESTS_REFUSED;
}

static tmesh_err_t create(tmesh_task_initialization_t *self, candidate_t *candidates, size_t count,
                          tmesh_outcome_t *outcome)
{
    tmesh_auto_free tmesh_identity_t *identities = tmesh_alloc_array(count, sizeof *identities);
    tmesh_wants_t wants = {.identities = identities};
    for (size_t i = 0; i < count; i++) {
        tmesh_err_t err = prepare(self, &candidates[i]);
        if (err) return err;
        if (candidates[i].answer->fault || !candidates[i].accepted.has_identity) continue;
        identities[wants.identity_count++] = candidates[i].accepted.identity;
    }
    tmesh_refill_t refill; // others may wait longer for the credit that there is
    tmesh_refill_open(&refill, self->tools, &wants);
    tmesh_work_t *work = NULL;
    tmesh_err_t err = tmesh_store_begin(self->tools->store, &wants, &work);
    if (!err) err = decide(self, work, candidates, count);
    err = tmesh_refill_close(&refill, err, &work, outcome);
    return refill.gave_up ? TMESH_ERR_SERIALIZATION : err; // once more, without it
}

tmesh_err_t tmesh_task_initialization_run(tmesh_task_initialization_t *self,
                                          tmesh_process_task_request_batch_t *batch,
                                          tmesh_outcome_t *outcome)
{
    size_t count = count_submissions(batch);
    tmesh_auto_free candidate_t *candidates = list_candidates(batch, count);
    tmesh_err_t err = create(self, candidates, count, outcome);
    for (size_t i = 0; !err && i < count; i++) {
        tmesh_metrics_add(self->tools->metrics, outcome_of(candidates[i].answer), 1);
    }
    return err;
}
