// actors/reader_node.h - what the store and the actors of this node count, and how they are.
// Private to the reader.
#ifndef TMESH_ACTORS_READER_NODE_H
#define TMESH_ACTORS_READER_NODE_H

#include "actors/reader.h"
#include "services/wire/messages.h"

// Fills the members of HEALTH or STATS; the texts live in the reply's arena.
tmesh_err_t tmesh_reader_node_answer(const tmesh_reader_services_t *services,
                                     const tmesh_query_node_request_t *request,
                                     tmesh_query_node_reply_t *reply);

#endif
