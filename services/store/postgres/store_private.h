// services/store/postgres/store_private.h - what store_postgres.c and read.c share.
#ifndef TMESH_SERVICES_STORE_POSTGRES_STORE_PRIVATE_H
#define TMESH_SERVICES_STORE_POSTGRES_STORE_PRIVATE_H

#include "services/store/postgres/bell.h"
#include "services/store/postgres/pool.h"
#include "services/store/postgres/store_postgres.h"

typedef struct {
    tmesh_store_t base; // first
    char *url;
    char *shown;
    char *node;                 // or NULL
    bool is_node;               // one of several, under node_id
    tmesh_uuid_text_t node_id;
    const tmesh_clock_t *clock; // lent; NULL: the database's
    tmesh_postgres_settings_t settings;
    tmesh_postgres_counters_t counters;
    int64_t reconnect_ms;
    tmesh_clock_t *timer; // the real one: how long somebody waits is no matter of stored times
    tmesh_postgres_contact_t *contact;
    tmesh_postgres_pool_t *pool;
    tmesh_postgres_bell_t *bell; // NULL: the only one
    _Atomic bool is_over;     // nobody knows whether a commit was made: nothing goes on from here
    _Atomic uint32_t readers; // open ones: all must be gone before the store
} tmesh_store_postgres_t;

#endif
