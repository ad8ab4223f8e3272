// node/endpoints.h - the addresses to bind, out of the options `bind` and `publish`.
#ifndef TMESH_NODE_ENDPOINTS_H
#define TMESH_NODE_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/error.h"

typedef struct tmesh_endpoints tmesh_endpoints_t;

// Several, separated by commas, as they stand in `option`; "": none. INVALID "bad_endpoint", or "insecure_endpoint": tcp outside
// loopback, which nothing protects yet, unless that was allowed in so many words.
tmesh_err_t tmesh_endpoints_parse(tmesh_endpoints_t **self_p, const char *option,
                                  const char *text, bool allow_insecure, tmesh_fault_t **fault_p);
void tmesh_endpoints_destroy(tmesh_endpoints_t **self_p);
// One more, unchecked; the text is lent.
void tmesh_endpoints_add(tmesh_endpoints_t *self, const char *endpoint);
const char *const *tmesh_endpoints_texts(const tmesh_endpoints_t *self);
size_t tmesh_endpoints_count(const tmesh_endpoints_t *self);

#endif
