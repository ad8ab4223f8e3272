// actors/reader_templates.h - TEMPLATE.GET and TEMPLATE.LIST. Private to the reader.
#ifndef TMESH_ACTORS_READER_TEMPLATES_H
#define TMESH_ACTORS_READER_TEMPLATES_H

#include "services/store/reader.h"
#include "services/wire/messages.h"

// The list, or one template with its definition when the request has a name; NOT_FOUND.
tmesh_err_t tmesh_reader_templates_answer(tmesh_reader_t *reader,
                                          const tmesh_query_templates_request_t *request,
                                          tmesh_query_templates_reply_t *reply);

#endif
