// embed/failure.h - errors of the inside as errors that a host program sees.
#ifndef TMESH_EMBED_FAILURE_H
#define TMESH_EMBED_FAILURE_H

#include "runtime/base/error.h"
#include "taskmesh/runtime.h"

// Fill in *error, which may be NULL, and return -1.
int tmesh_failure_of_fault(const tmesh_fault_t *fault, tmesh_error_t *error);
int tmesh_failure_of_answer(const tmesh_answer_t *answer, tmesh_error_t *error);
// With status 400.
int tmesh_failure_new(const char *code, const char *where, const char *message,
                      tmesh_error_t *error);

#endif
