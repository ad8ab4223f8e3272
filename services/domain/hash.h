// services/domain/hash.h - a cryptographic hash of several parts (BLAKE2b, 256 bits), and bytes as
// hexadecimal text. Pure.
#ifndef TMESH_SERVICES_DOMAIN_HASH_H
#define TMESH_SERVICES_DOMAIN_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/bytes.h"

enum { TMESH_HASH_BYTES = 32, TMESH_HASH_TEXT_BYTES = 65 };
typedef struct {
    uint8_t bytes[TMESH_HASH_BYTES];
} tmesh_hash_t;
typedef char tmesh_hash_text_t[TMESH_HASH_TEXT_BYTES];

// No two different lists of parts are the same input: each part is preceded by its length.
tmesh_hash_t tmesh_hash_of_parts(const tmesh_bytes_t *parts, size_t count);
// 64 lower-case digits. Returns `text`.
const char *tmesh_hash_format(const uint8_t bytes[TMESH_HASH_BYTES], tmesh_hash_text_t text);

#endif
