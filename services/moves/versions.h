// services/moves/versions.h - which of the registered versions is meant (SPEC 1.7). Pure.
#ifndef TMESH_SERVICES_MOVES_VERSIONS_H
#define TMESH_SERVICES_MOVES_VERSIONS_H

#include "services/store/rows.h"

// The row of this version; version NULL: the highest. NULL when there is none.
const tmesh_definition_row_t *tmesh_versions_choose(const tmesh_definition_row_t *rows,
                                                    size_t count, const char *version);

#endif
