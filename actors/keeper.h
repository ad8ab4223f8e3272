// actors/keeper.h - keeps this node among the others: on a store that nodes share, it beats.
#ifndef TMESH_ACTORS_KEEPER_H
#define TMESH_ACTORS_KEEPER_H

#include "runtime/actor.h"
#include "services/domain/credit.h"
#include "services/store/store.h"

enum { TMESH_BEAT_PERIOD_MS = 1000 }; // the same for all nodes

// Lent for the actor's life.
typedef struct {
    tmesh_store_t *store; // that nodes share
    tmesh_credit_t *credit;
    int64_t period_ms;
    int64_t adoption_ms; // how long workers of a dead node have to come to another one
} tmesh_keeper_services_t;

// It answers no messages.
extern const tmesh_actor_class_t tmesh_keeper_class;

#endif
