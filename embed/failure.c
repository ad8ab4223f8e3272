#include "embed/failure.h"

#include <stdio.h>

#include "services/wire/status.h"

static int fail(tmesh_error_t *error, int status, const char *code, const char *where,
                const char *message)
{
    if (!error) return -1;
    error->status = status;
    snprintf(error->code, sizeof error->code, "%s", code);
    snprintf(error->where, sizeof error->where, "%s", where);
    snprintf(error->message, sizeof error->message, "%s", message);
    return -1;
}

int tmesh_failure_of_fault(const tmesh_fault_t *fault, tmesh_error_t *error)
{
    return fail(error, tmesh_status_of_fault(fault), fault->code, fault->where, fault->message);
}

int tmesh_failure_of_answer(const tmesh_answer_t *answer, tmesh_error_t *error)
{
    return fail(error, tmesh_answer_status(answer), tmesh_answer_error_code(answer),
                tmesh_answer_error_where(answer), tmesh_answer_error_message(answer));
}

int tmesh_failure_new(const char *code, const char *where, const char *message,
                      tmesh_error_t *error)
{
    return fail(error, TMESH_STATUS_INVALID, code, where, message);
}
