// actors/reader_metrics.h - METRICS: everything that this node counts, under its name for the world.
#ifndef TMESH_ACTORS_READER_METRICS_H
#define TMESH_ACTORS_READER_METRICS_H

#include "actors/reader.h"
#include "services/wire/messages.h"

// Errors are the store's: what waits in it is read.
tmesh_err_t tmesh_reader_metrics_answer(const tmesh_reader_services_t *services,
                                        const tmesh_query_metrics_request_t *request,
                                        tmesh_query_metrics_reply_t *reply);

#endif
