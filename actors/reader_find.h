// actors/reader_find.h - which tasks a command over many is about. Private to the reader.
#ifndef TMESH_ACTORS_READER_FIND_H
#define TMESH_ACTORS_READER_FIND_H

#include "services/store/reader.h"
#include "services/wire/messages.h"

tmesh_err_t tmesh_reader_find_answer(tmesh_reader_t *reader,
                                     const tmesh_find_tasks_request_t *request,
                                     tmesh_find_tasks_reply_t *reply);

#endif
