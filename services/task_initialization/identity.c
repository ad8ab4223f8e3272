#include "services/task_initialization/identity.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/canonical.h"
#include "services/domain/hash.h"

static void hash(const tmesh_definition_t *definition, const char *kind, tmesh_bytes_t what,
                 tmesh_identity_t *identity)
{
    static_assert(sizeof(tmesh_hash_t) == sizeof(tmesh_identity_t), "an identity is a hash");
    const tmesh_bytes_t parts[] = {
        tmesh_bytes_of_text(definition->namespace_name), tmesh_bytes_of_text(definition->name),
        tmesh_bytes_of_text(definition->version),        tmesh_bytes_of_text(kind),
        what,
    };
    tmesh_hash_t hashed = tmesh_hash_of_parts(parts, TMESH_COUNT_OF(parts));
    memcpy(identity->bytes, hashed.bytes, sizeof identity->bytes);
}

tmesh_err_t tmesh_identity_of(const tmesh_submission_t *submission,
                              const tmesh_definition_t *definition, tmesh_identity_t *identity,
                              bool *has_identity, tmesh_fault_t **fault_p)
{
    *has_identity = true;
    if (submission->idempotency_key) {
        hash(definition, "key", tmesh_bytes_of_text(submission->idempotency_key), identity);
        return TMESH_OK;
    }
    switch (definition->identity_strategy) {
    case TMESH_IDENTITY_STRICT: {
        tmesh_auto(tmesh_buffer) canonical = tmesh_buffer_new();
        tmesh_canonical_json(submission->context.data ? submission->context
                                                      : tmesh_bytes_of_text("{}"),
                             canonical);
        hash(definition, "context", tmesh_buffer_bytes(canonical), identity);
        return TMESH_OK;
    }
    case TMESH_IDENTITY_CALLER_PROVIDED:
        *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "idempotency_key_required",
                                   "/idempotency_key",
                                   "%s/%s asks its callers for an idempotency_key",
                                   definition->namespace_name, definition->name);
        return TMESH_ERR_INVALID;
    case TMESH_IDENTITY_ALWAYS_UNIQUE:
        break;
    }
    *has_identity = submission->auto_idempotency_key != NULL;
    if (*has_identity) {
        hash(definition, "auto", tmesh_bytes_of_text(submission->auto_idempotency_key), identity);
    }
    return TMESH_OK;
}
