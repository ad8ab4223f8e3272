// actors/reader_dlq.h - DLQ.LIST, DLQ.GET and DLQ.STATS. Private to the reader.
#ifndef TMESH_ACTORS_READER_DLQ_H
#define TMESH_ACTORS_READER_DLQ_H

#include "actors/reader.h"
#include "services/wire/messages.h"

// NOT_FOUND: there is no such entry.
tmesh_err_t tmesh_reader_dlq_answer(const tmesh_reader_services_t *services,
                                    const tmesh_query_dlq_request_t *request,
                                    tmesh_query_dlq_reply_t *reply);

#endif
