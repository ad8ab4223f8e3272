#include "services/domain/queue_id.h"

#include <sodium.h>
#include <string.h>

uint64_t tmesh_queue_id(const char *namespace_name, const char *callable)
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const uint8_t *)namespace_name, strlen(namespace_name) + 1);
    crypto_generichash_update(&state, (const uint8_t *)callable, strlen(callable));
    crypto_generichash_final(&state, hash, sizeof hash);
    uint64_t id = 0;
    memcpy(&id, hash, sizeof id);
    id &= INT64_MAX; // both stores keep signed numbers
    return id ? id : 1;
}
