// tests/support/postgres_proxy.h - a wire between a store and its server that can be cut at the worst
// moment. Runs in a thread of its own.
#ifndef TMESH_TESTS_SUPPORT_POSTGRES_PROXY_H
#define TMESH_TESTS_SUPPORT_POSTGRES_PROXY_H

typedef struct tmesh_postgres_proxy tmesh_postgres_proxy_t;

typedef enum {
    POSTGRES_PROXY_WHOLE,
    POSTGRES_PROXY_LOSE_ANSWER,  // the server's next "COMMIT" is not passed on; both sides hear the end
    POSTGRES_PROXY_LOSE_REQUEST, // what the client says next is not passed on; the server hears nothing
} tmesh_postgres_proxy_cut_t;

// Between whoever uses tmesh_postgres_proxy_url and the server of `url`, a Unix socket in a folder.
tmesh_postgres_proxy_t *tmesh_postgres_proxy_new(const char *url);
void tmesh_postgres_proxy_destroy(tmesh_postgres_proxy_t **self_p);
// Lent.
const char *tmesh_postgres_proxy_url(const tmesh_postgres_proxy_t *self);
// One connection will be cut, once.
void tmesh_postgres_proxy_cut(tmesh_postgres_proxy_t *self, tmesh_postgres_proxy_cut_t cut);

#endif
