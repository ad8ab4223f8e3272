#include "services/domain/queue_id.h"

#include <string.h>

#include "services/domain/hash.h"

uint64_t tmesh_queue_id(const char *namespace_name, const char *callable)
{
    const tmesh_bytes_t parts[] = {tmesh_bytes_of_text(namespace_name),
                                   tmesh_bytes_of_text(callable)};
    tmesh_hash_t hash = tmesh_hash_of_parts(parts, 2);
    uint64_t id = 0;
    memcpy(&id, hash.bytes, sizeof id);
    id &= INT64_MAX; // both stores keep signed numbers
    return id ? id : 1;
}
