// services/domain/audience.h - does anybody listen to events? The publisher counts its subscriptions
// here; who commits looks before it copies anything. One atomic number: any thread.
#ifndef TMESH_SERVICES_DOMAIN_AUDIENCE_H
#define TMESH_SERVICES_DOMAIN_AUDIENCE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tmesh_audience tmesh_audience_t;

tmesh_audience_t *tmesh_audience_new(void);
void tmesh_audience_destroy(tmesh_audience_t **self_p);
void tmesh_audience_set(tmesh_audience_t *self, uint32_t subscriptions);
// NULL: there is no publisher, and nobody listens.
bool tmesh_audience_is_there(const tmesh_audience_t *self);

#endif
