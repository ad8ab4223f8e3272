#include "services/wire/status.h"

#include <string.h>

#include "runtime/base/memory.h"

static const char *const codes_of_size[] = {
    "too_large",
    "message_too_large",
    "context_too_large",
    "result_too_large",
};

int tmesh_status_of_error(tmesh_err_t err)
{
    switch (err) {
    case TMESH_OK: return TMESH_STATUS_OK;
    case TMESH_ERR_INVALID: return TMESH_STATUS_INVALID;
    case TMESH_ERR_NOT_FOUND: return TMESH_STATUS_NOT_FOUND;
    case TMESH_ERR_CONFLICT: return TMESH_STATUS_CONFLICT;
    default: return tmesh_err_may_retry(err) ? TMESH_STATUS_NOT_NOW : TMESH_STATUS_BROKEN;
    }
}

int tmesh_status_of_fault(const tmesh_fault_t *fault)
{
    for (size_t i = 0; i < TMESH_COUNT_OF(codes_of_size); i++) {
        if (strcmp(fault->code, codes_of_size[i]) == 0) return TMESH_STATUS_TOO_LARGE;
    }
    return tmesh_status_of_error(fault->err);
}

tmesh_err_t tmesh_status_error(int status)
{
    switch (status) {
    case TMESH_STATUS_NOT_FOUND: return TMESH_ERR_NOT_FOUND;
    case TMESH_STATUS_CONFLICT: return TMESH_ERR_CONFLICT;
    case TMESH_STATUS_TOO_MUCH: return TMESH_ERR_FULL;
    case TMESH_STATUS_NOT_NOW: return TMESH_ERR_BUSY;
    case TMESH_STATUS_BROKEN: return TMESH_ERR_FATAL;
    default: return status >= 100 && status < 400 ? TMESH_OK : TMESH_ERR_INVALID;
    }
}
