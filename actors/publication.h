// actors/publication.h - what a commit has brought about, as the publisher sends it.
#ifndef TMESH_ACTORS_PUBLICATION_H
#define TMESH_ACTORS_PUBLICATION_H

#include "services/moves/outcome.h"

// The request is empty, and without an arena, when there is nothing to tell.
tmesh_publish_request_t tmesh_publication_of(const tmesh_outcome_t *outcome);

#endif
