// actors/reader_audit.h - STEP.AUDIT. Private to the reader.
#ifndef TMESH_ACTORS_READER_AUDIT_H
#define TMESH_ACTORS_READER_AUDIT_H

#include "services/store/reader.h"
#include "services/templates/registry.h"
#include "services/wire/messages.h"

// NOT_FOUND: there is no such step.
tmesh_err_t tmesh_reader_audit_answer(tmesh_reader_t *reader, tmesh_definitions_t *definitions,
                                      const tmesh_query_audit_request_t *request,
                                      tmesh_query_audit_reply_t *reply);

#endif
