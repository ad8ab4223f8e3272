// services/wire/status.h - errors as statuses that people know, and back. Pure; any thread.
#ifndef TMESH_SERVICES_WIRE_STATUS_H
#define TMESH_SERVICES_WIRE_STATUS_H

#include "runtime/base/error.h"

enum {
    TMESH_STATUS_OK = 200,
    TMESH_STATUS_CREATED = 201,
    TMESH_STATUS_INVALID = 400,
    TMESH_STATUS_UNAUTHORIZED = 401,
    TMESH_STATUS_FORBIDDEN = 403,
    TMESH_STATUS_NOT_FOUND = 404,
    TMESH_STATUS_CONFLICT = 409,
    TMESH_STATUS_TOO_LARGE = 413,
    TMESH_STATUS_TOO_MUCH = 429,
    TMESH_STATUS_BROKEN = 500,
    TMESH_STATUS_NOT_NOW = 503,
};

int tmesh_status_of_error(tmesh_err_t err);
// The same, but 413 for the codes that speak of size.
int tmesh_status_of_fault(const tmesh_fault_t *fault);
// TMESH_OK for 100 to 399.
tmesh_err_t tmesh_status_error(int status);

#endif
