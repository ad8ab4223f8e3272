#include "services/moves/versions.h"

#include <string.h>

#include "services/templates/parse.h"

const tmesh_definition_row_t *tmesh_versions_choose(const tmesh_definition_row_t *rows,
                                                    size_t count, const char *version)
{
    const tmesh_definition_row_t *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (version) {
            if (strcmp(rows[i].version, version) == 0) return &rows[i];
        } else if (!best || tmesh_template_version_compare(rows[i].version, best->version) > 0) {
            best = &rows[i];
        }
    }
    return best;
}
