// services/task_finalization/operator_note.h - who did it and why, as the metadata of a transition.
#ifndef TMESH_SERVICES_TASK_FINALIZATION_OPERATOR_NOTE_H
#define TMESH_SERVICES_TASK_FINALIZATION_OPERATOR_NOTE_H

#include "services/store/work.h"

// {"reason": ..., "by": ...}, in the work's arena; NULL becomes "". When: the transition's time.
const char *tmesh_operator_note(tmesh_work_t *work, const char *reason, const char *by);
// The metadata of a result that a person has given.
tmesh_bytes_t tmesh_operator_note_of_result(tmesh_work_t *work, const char *reason, const char *by);

#endif
