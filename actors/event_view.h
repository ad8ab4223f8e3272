// actors/event_view.h - one passage as JSON: the same in TASK.EVENTS and on the publisher's socket.
#ifndef TMESH_ACTORS_EVENT_VIEW_H
#define TMESH_ACTORS_EVENT_VIEW_H

#include "services/store/rows.h"
#include "services/wire/writer.h"

// Its members, into the object that is open. step_name NULL: the task's own, or not known.
void tmesh_event_view_write(tmesh_writer_t *writer, const tmesh_transition_row_t *row,
                            const char *step_name);

#endif
