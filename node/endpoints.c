#include "node/endpoints.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/memory.h"

enum {
    ENDPOINTS_MAX = 16,
    ADDED_MAX = 1, // by the node itself
};

struct tmesh_endpoints {
    char *text; // cut into the pieces below
    const char *pieces[ENDPOINTS_MAX + ADDED_MAX];
    size_t count;
};

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_loopback(const char *endpoint)
{
    const char *host = endpoint + strlen("tcp://");
    // "127." alone would also take 127.example.com, which is anybody's.
    if (begins_with(host, "127.")) return strspn(host, "0123456789.") == strcspn(host, ":");
    return begins_with(host, "localhost:") || begins_with(host, "[::1]:");
}

static tmesh_err_t check(const char *option, const char *endpoint, bool allow_insecure, tmesh_fault_t **fault_p)
{
    if (begins_with(endpoint, "ipc://")) return TMESH_OK;
    if (!begins_with(endpoint, "tcp://")) {
        *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "bad_endpoint", option,
                                   "\"%s\" is not tcp://HOST:PORT or ipc://PATH", endpoint);
        return TMESH_ERR_INVALID;
    }
    if (allow_insecure || is_loopback(endpoint)) return TMESH_OK;
    *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "insecure_endpoint", option,
                               "%s is open to the network and nothing protects it; bind loopback "
                               "or ipc, or set allow_insecure_bind = true", endpoint);
    return TMESH_ERR_INVALID;
}

tmesh_err_t tmesh_endpoints_parse(tmesh_endpoints_t **self_p, const char *option,
                                  const char *text, bool allow_insecure, tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_endpoints) self = tmesh_alloc(sizeof *self);
    self->text = tmesh_strdup(text);
    char *rest = *text ? self->text : NULL;
    char *piece = NULL;
    while ((piece = strsep(&rest, ","))) {
        piece += strspn(piece, " \t");
        piece[strcspn(piece, " \t")] = 0;
        if (self->count == ENDPOINTS_MAX) {
            *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "bad_endpoint", option,
                                       "there are more than %d endpoints", ENDPOINTS_MAX);
            return TMESH_ERR_INVALID;
        }
        tmesh_err_t err = check(option, piece, allow_insecure, fault_p);
        if (err) return err;
        self->pieces[self->count++] = piece;
    }
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_endpoints_destroy(tmesh_endpoints_t **self_p)
{
    tmesh_endpoints_t *self = *self_p;
    if (!self) return;
    tmesh_free(self->text);
    tmesh_free(self);
    *self_p = NULL;
}

void tmesh_endpoints_add(tmesh_endpoints_t *self, const char *endpoint)
{
    assert(self->count < TMESH_COUNT_OF(self->pieces));
    self->pieces[self->count++] = endpoint;
}

const char *const *tmesh_endpoints_texts(const tmesh_endpoints_t *self)
{
    return self->pieces;
}

size_t tmesh_endpoints_count(const tmesh_endpoints_t *self)
{
    return self->count;
}
