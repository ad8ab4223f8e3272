// tests/support/store_postgres_wire.h - PostgreSQL stores behind a wire that a test may cut.
#ifndef TMESH_TESTS_SUPPORT_STORE_POSTGRES_WIRE_H
#define TMESH_TESTS_SUPPORT_STORE_POSTGRES_WIRE_H

#include "tests/support/postgres_proxy.h"
#include "tests/support/store_postgres_place.h"

// The place of such a store. The URL leads past the wire.
typedef struct {
    char *url;
    tmesh_postgres_proxy_t *proxy;
} tmesh_store_postgres_wire_t;

extern const tmesh_store_factory_t tmesh_store_postgres_wires;
// The server undoes a transaction as soon as nothing is said in it for a moment.
extern const tmesh_store_factory_t tmesh_store_postgres_impatient_wires;

#endif
