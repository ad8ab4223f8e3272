#include "services/domain/hash.h"

#include <sodium.h>

tmesh_hash_t tmesh_hash_of_parts(const tmesh_bytes_t *parts, size_t count)
{
    tmesh_hash_t hash;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash.bytes);
    for (size_t i = 0; i < count; i++) {
        uint64_t size = parts[i].size;
        crypto_generichash_update(&state, (const uint8_t *)&size, sizeof size);
        crypto_generichash_update(&state, (const uint8_t *)parts[i].data, parts[i].size);
    }
    crypto_generichash_final(&state, hash.bytes, sizeof hash.bytes);
    return hash;
}

const char *tmesh_hash_format(const uint8_t bytes[TMESH_HASH_BYTES], tmesh_hash_text_t text)
{
    return sodium_bin2hex(text, TMESH_HASH_TEXT_BYTES, bytes, TMESH_HASH_BYTES);
}
