// actors/reader_events.h - TASK.EVENTS. Private to the reader.
#ifndef TMESH_ACTORS_READER_EVENTS_H
#define TMESH_ACTORS_READER_EVENTS_H

#include "services/store/reader.h"
#include "services/templates/registry.h"
#include "services/wire/messages.h"

// NOT_FOUND: there is no such task.
tmesh_err_t tmesh_reader_events_answer(tmesh_reader_t *reader, tmesh_definitions_t *definitions,
                                       const tmesh_query_events_request_t *request,
                                       tmesh_query_events_reply_t *reply);

#endif
