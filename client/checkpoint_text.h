// client/checkpoint_text.h - a checkpoint as the object that STEP.CHECKPOINT carries.
#ifndef TMESH_CLIENT_CHECKPOINT_TEXT_H
#define TMESH_CLIENT_CHECKPOINT_TEXT_H

#include "runtime/base/bytes.h"
#include "runtime/base/error.h"
#include "taskmesh/worker.h"

// Appended to `out`. A member that is no JSON would spoil the object, so it is refused: *fault_p (yours)
// says which, `where` a pointer below "/checkpoint". Everything else is for the server to judge.
tmesh_err_t tmesh_checkpoint_text_write(const tmesh_checkpoint_t *checkpoint, tmesh_buffer_t *out,
                                        tmesh_fault_t **fault_p);

#endif
