// services/domain/pauses.h - namespaces and callables in which nothing new starts (SPEC 4.8), as far
// as this node knows. Any thread; usually there are none, which costs one look.
#ifndef TMESH_SERVICES_DOMAIN_PAUSES_H
#define TMESH_SERVICES_DOMAIN_PAUSES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tmesh_pauses tmesh_pauses_t;

tmesh_pauses_t *tmesh_pauses_new(void);
void tmesh_pauses_destroy(tmesh_pauses_t **self_p);

// callable NULL: the whole namespace. Once more changes nothing.
void tmesh_pauses_add(tmesh_pauses_t *self, const char *namespace_name, const char *callable);
void tmesh_pauses_remove(tmesh_pauses_t *self, const char *namespace_name, const char *callable);
// These and no others, at one moment.
typedef struct {
    const char *namespace_name;
    const char *callable; // or NULL
} tmesh_pause_name_t;
void tmesh_pauses_replace(tmesh_pauses_t *self, const tmesh_pause_name_t *names, size_t count);
// By its own pause, or by that of its namespace.
bool tmesh_pauses_has(const tmesh_pauses_t *self, const char *namespace_name,
                      const char *callable);

#endif
