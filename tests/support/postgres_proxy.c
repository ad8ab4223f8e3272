#include "tests/support/postgres_proxy.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/base/memory.h"

enum {
    PAIRS_MAX = 16,
    PIECE_BYTES = 65536,
};

typedef struct {
    int client; // -1: gone
    int server;
} pair_t;

struct tmesh_postgres_proxy {
    char *folder;
    char *socket_path;
    char *server_path;
    char *url;
    int listener;
    int stop[2];
    pair_t pairs[PAIRS_MAX];
    _Atomic int cut;
    pthread_t thread;
};

static int open_socket(const char *path, bool listens)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert(strlen(path) < sizeof address.sun_path);
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = listens ? bind(fd, (struct sockaddr *)&address, sizeof address) ||
                               listen(fd, PAIRS_MAX)
                         : connect(fd, (struct sockaddr *)&address, sizeof address);
    if (!failed) return fd;
    close(fd);
    return -1;
}

static void hang_up(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void pass_on(int to, const char *data, ssize_t size)
{
    while (to >= 0 && size > 0) {
        ssize_t written = send(to, data, (size_t)size, MSG_NOSIGNAL);
        if (written <= 0) return; // the other side finds out by itself
        data += written;
        size -= written;
    }
}

static bool takes(tmesh_postgres_proxy_t *self, tmesh_postgres_proxy_cut_t cut)
{
    int expected = (int)cut;
    return atomic_compare_exchange_strong(&self->cut, &expected, POSTGRES_PROXY_WHOLE);
}

static void serve_client(tmesh_postgres_proxy_t *self, pair_t *pair, char *piece)
{
    ssize_t size = recv(pair->client, piece, PIECE_BYTES, 0);
    if (size <= 0) {
        hang_up(&pair->client);
        hang_up(&pair->server);
    } else if (takes(self, POSTGRES_PROXY_LOSE_REQUEST)) {
        hang_up(&pair->client);
    } else {
        pass_on(pair->server, piece, size);
    }
}

static void serve_server(tmesh_postgres_proxy_t *self, pair_t *pair, char *piece)
{
    ssize_t size = recv(pair->server, piece, PIECE_BYTES, 0);
    bool has_committed = size > 0 && memmem(piece, (size_t)size, "COMMIT", strlen("COMMIT") + 1);
    if (size <= 0 || (has_committed && takes(self, POSTGRES_PROXY_LOSE_ANSWER))) {
        hang_up(&pair->client);
        hang_up(&pair->server);
    } else {
        pass_on(pair->client, piece, size);
    }
}

static void accept_client(tmesh_postgres_proxy_t *self)
{
    int client = accept(self->listener, NULL, NULL);
    int server = open_socket(self->server_path, false);
    int i = 0;
    while (i < PAIRS_MAX && (self->pairs[i].client >= 0 || self->pairs[i].server >= 0)) i++;
    if (server < 0 || i == PAIRS_MAX) {
        hang_up(&client);
        hang_up(&server);
        return;
    }
    self->pairs[i] = (pair_t){client, server};
}

static void *run(void *argument)
{
    tmesh_postgres_proxy_t *self = argument;
    tmesh_auto_free char *piece = tmesh_alloc(PIECE_BYTES);
    while (true) { // ends with the stop
        struct pollfd items[2 + 2 * PAIRS_MAX];
        items[0] = (struct pollfd){.fd = self->stop[0], .events = POLLIN};
        items[1] = (struct pollfd){.fd = self->listener, .events = POLLIN};
        for (int i = 0; i < PAIRS_MAX; i++) {
            items[2 + 2 * i] = (struct pollfd){.fd = self->pairs[i].client, .events = POLLIN};
            items[3 + 2 * i] = (struct pollfd){.fd = self->pairs[i].server, .events = POLLIN};
        }
        poll(items, TMESH_COUNT_OF(items), -1);
        if (items[0].revents) return NULL;
        for (int i = 0; i < PAIRS_MAX; i++) {
            if (items[2 + 2 * i].revents) serve_client(self, &self->pairs[i], piece);
            if (self->pairs[i].server >= 0 && items[3 + 2 * i].revents) {
                serve_server(self, &self->pairs[i], piece);
            }
        }
        if (items[1].revents) accept_client(self);
    }
}

tmesh_postgres_proxy_t *tmesh_postgres_proxy_new(const char *url)
{
    tmesh_postgres_proxy_t *self = tmesh_alloc(sizeof *self);
    for (int i = 0; i < PAIRS_MAX; i++) self->pairs[i] = (pair_t){-1, -1};
    const char *host = strstr(url, "host=") + strlen("host=");
    int host_size = (int)strcspn(host, "&");
    const char *root = getenv("TMPDIR");
    self->folder = tmesh_printf("%s/tmesh-px-XXXXXX", root ? root : "/tmp");
    char *made = mkdtemp(self->folder);
    assert(made);
    self->socket_path = tmesh_printf("%s/.s.PGSQL.5432", self->folder);
    self->server_path = tmesh_printf("%.*s/.s.PGSQL.5432", host_size, host);
    self->url = tmesh_printf("%.*s%s%s", (int)(host - url), url, self->folder, host + host_size);
    self->listener = open_socket(self->socket_path, true);
    int failed = self->listener < 0 || pipe(self->stop);
    assert(!failed);
    failed = pthread_create(&self->thread, NULL, run, self);
    assert(!failed);
    return self;
}

void tmesh_postgres_proxy_destroy(tmesh_postgres_proxy_t **self_p)
{
    tmesh_postgres_proxy_t *self = *self_p;
    if (!self) return;
    hang_up(&self->stop[1]);
    pthread_join(self->thread, NULL);
    for (int i = 0; i < PAIRS_MAX; i++) {
        hang_up(&self->pairs[i].client);
        hang_up(&self->pairs[i].server);
    }
    hang_up(&self->stop[0]);
    hang_up(&self->listener);
    unlink(self->socket_path);
    rmdir(self->folder);
    tmesh_free(self->folder);
    tmesh_free(self->socket_path);
    tmesh_free(self->server_path);
    tmesh_free(self->url);
    tmesh_free(self);
    *self_p = NULL;
}

const char *tmesh_postgres_proxy_url(const tmesh_postgres_proxy_t *self)
{
    return self->url;
}

void tmesh_postgres_proxy_cut(tmesh_postgres_proxy_t *self, tmesh_postgres_proxy_cut_t cut)
{
    self->cut = cut;
}
