// services/moves/announcements.h - which of the events that templates declare (publishes_events) the
// results of a commit bring about.
#ifndef TMESH_SERVICES_MOVES_ANNOUNCEMENTS_H
#define TMESH_SERVICES_MOVES_ANNOUNCEMENTS_H

#include "services/moves/outcome.h"

// After the passages have been collected: adds, for every result that the work has written, the
// events whose condition holds, in the order of the results and of their declaration.
void tmesh_announcements_collect(tmesh_outcome_t *outcome, tmesh_tools_t *tools,
                                 const tmesh_work_t *work);

#endif
