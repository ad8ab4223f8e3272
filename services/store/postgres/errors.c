#include "services/store/postgres/errors.h"

#include <string.h>

#include "runtime/base/memory.h"

// The first line that the state begins with counts.
static const struct {
    const char *start;
    tmesh_err_t err;
} meanings[] = {
    {"08", TMESH_ERR_CONNECTION},
    {"57P0", TMESH_ERR_CONNECTION},    // the server is shut down or starts; a database was dropped
    {"25P0", TMESH_ERR_CONNECTION},    // idle in a transaction for too long: it has hung up
    {"25006", TMESH_ERR_CONNECTION},   // it has become a standby: the next connection finds another
    {"40", TMESH_ERR_SERIALIZATION},   // deadlocks among them
    {"55P03", TMESH_ERR_SERIALIZATION}, // a lock was not to be had in time
    {"57014", TMESH_ERR_SERIALIZATION}, // a statement took too long
    {"23505", TMESH_ERR_CONFLICT},
    {"21000", TMESH_ERR_CONFLICT},   // two new tasks of one work take over the same identity
    {"22012", TMESH_ERR_CORRUPT},    // how our texts say that a changed row is not there
    {"XX", TMESH_ERR_CORRUPT},
    {"42P01", TMESH_ERR_CORRUPT},    // somebody has removed a table,
    {"42703", TMESH_ERR_CORRUPT},    // or a column
    {"22", TMESH_ERR_INVALID},       // a value that can not be stored
    {"54", TMESH_ERR_INVALID},       // more, or deeper, than PostgreSQL takes
    {"42501", TMESH_ERR_IO},         // no permission
    {"28", TMESH_ERR_IO},            // nor to come in
    {"3D", TMESH_ERR_IO},            // no such database
    {"53", TMESH_ERR_IO},            // a full disk, too many connections
    {"58", TMESH_ERR_IO},
};

tmesh_err_t tmesh_postgres_err(const char *state)
{
    if (!state) return TMESH_ERR_CONNECTION;
    for (size_t i = 0; i < TMESH_COUNT_OF(meanings); i++) {
        const char *start = meanings[i].start;
        if (strncmp(state, start, strlen(start)) == 0) return meanings[i].err;
    }
    return TMESH_ERR_FATAL; // a mistake of ours that a test should have met
}
