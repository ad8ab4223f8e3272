// actors/reader_queues.h - what is paused (docs/PROTOCOL.md, QUEUE.LIST). Private to the reader.
#ifndef TMESH_ACTORS_READER_QUEUES_H
#define TMESH_ACTORS_READER_QUEUES_H

#include "services/store/reader.h"
#include "services/wire/messages.h"

tmesh_err_t tmesh_reader_queues_answer(tmesh_reader_t *reader, tmesh_query_queues_reply_t *reply);

#endif
