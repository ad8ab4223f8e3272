// actors/reader_inputs.h - the results of all steps above one (docs/PROTOCOL.md, STEP.INPUTS). Private
// to the reader.
#ifndef TMESH_ACTORS_READER_INPUTS_H
#define TMESH_ACTORS_READER_INPUTS_H

#include "services/store/reader.h"
#include "services/templates/registry.h"
#include "services/wire/messages.h"

// NOT_FOUND: there is no such step; CONFLICT: the run is over, or the token is not its.
tmesh_err_t tmesh_reader_inputs_answer(tmesh_reader_t *reader, tmesh_definitions_t *definitions,
                                       const tmesh_query_inputs_request_t *request,
                                       tmesh_query_inputs_reply_t *reply);

#endif
