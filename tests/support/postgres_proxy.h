// tests/support/postgres_proxy.h - a wire between a store and its server that can be cut at the worst
// moment. It knows where a message of the protocol begins and ends. Runs in a thread of its own.
#ifndef TMESH_TESTS_SUPPORT_POSTGRES_PROXY_H
#define TMESH_TESTS_SUPPORT_POSTGRES_PROXY_H

#include <stdbool.h>

typedef struct tmesh_postgres_proxy tmesh_postgres_proxy_t;

// What is passed on of the message at which the wire is cut.
typedef enum {
    POSTGRES_PROXY_NOTHING,
    POSTGRES_PROXY_HALF,
    POSTGRES_PROXY_ALL,
} tmesh_postgres_proxy_part_t;

// Between whoever uses tmesh_postgres_proxy_url and the server of `url`, a Unix socket in a folder.
tmesh_postgres_proxy_t *tmesh_postgres_proxy_new(const char *url);
void tmesh_postgres_proxy_destroy(tmesh_postgres_proxy_t **self_p);
// Lent.
const char *tmesh_postgres_proxy_url(const tmesh_postgres_proxy_t *self);
// The message of this number from now on, in whichever direction, is the last one of its connection. The
// client hears the end; the server hears nothing, and its process stays what it was.
void tmesh_postgres_proxy_cut(tmesh_postgres_proxy_t *self, int number,
                              tmesh_postgres_proxy_part_t part);
// The server's next "COMMIT" is not passed on, and both sides hear the end.
void tmesh_postgres_proxy_lose_commit(tmesh_postgres_proxy_t *self);
// Takes back what did not happen yet; has it happened?
bool tmesh_postgres_proxy_was_cut(tmesh_postgres_proxy_t *self);

#endif
