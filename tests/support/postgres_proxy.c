#include "tests/support/postgres_proxy.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
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
    TYPE_BYTES = 1,
    LENGTH_BYTES = 4,
};

// What came from one side and is no whole message yet.
typedef struct {
    int fd; // -1: gone
    char *waiting;
    size_t size;
    bool has_types; // the first message of a client has none
} side_t;

typedef struct {
    side_t client;
    side_t server;
} pair_t;

typedef enum { LEAVE, CUT_MESSAGE, LOSE_COMMIT } plan_t;

struct tmesh_postgres_proxy {
    char *folder;
    char *socket_path;
    char *server_path;
    char *url;
    int listener;
    int stop[2];
    pair_t pairs[PAIRS_MAX];
    pthread_mutex_t lock; // of the plan
    plan_t plan;
    int messages_left; // until the one that is cut
    tmesh_postgres_proxy_part_t part;
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

static void end(side_t *side)
{
    hang_up(&side->fd);
    tmesh_free(side->waiting);
    *side = (side_t){.fd = -1};
}

static void pass_on(int to, const char *data, size_t size)
{
    while (to >= 0 && size > 0) {
        ssize_t written = send(to, data, size, MSG_NOSIGNAL);
        if (written <= 0) return; // the other side finds out by itself
        data += written;
        size -= (size_t)written;
    }
}

// What is to be done with the next message, which is counted by that.
static plan_t plan_for(tmesh_postgres_proxy_t *self, bool is_commit,
                       tmesh_postgres_proxy_part_t *part_p)
{
    pthread_mutex_lock(&self->lock);
    plan_t plan = self->plan;
    if (plan == LOSE_COMMIT && !is_commit) plan = LEAVE;
    if (plan == CUT_MESSAGE && --self->messages_left > 0) plan = LEAVE;
    if (plan != LEAVE) self->plan = LEAVE;
    *part_p = self->part;
    pthread_mutex_unlock(&self->lock);
    return plan;
}

// 0: it has not come whole.
static size_t next_size(const side_t *side, size_t begin)
{
    size_t before = side->has_types ? TYPE_BYTES : 0;
    size_t left = side->size - begin;
    if (left < before + LENGTH_BYTES) return 0;
    uint32_t length = 0;
    memcpy(&length, side->waiting + begin + before, LENGTH_BYTES);
    size_t size = before + ntohl(length);
    return size <= left ? size : 0;
}

// Cuts this pair, if that is planned for this message.
static bool cuts(tmesh_postgres_proxy_t *self, pair_t *pair, const side_t *from, const side_t *to,
                 const char *message, size_t size)
{
    bool is_commit = from == &pair->server && memmem(message, size, "COMMIT", sizeof "COMMIT");
    tmesh_postgres_proxy_part_t part = POSTGRES_PROXY_NOTHING;
    plan_t plan = plan_for(self, is_commit, &part);
    if (plan == LEAVE) return false;
    if (plan == CUT_MESSAGE && part == POSTGRES_PROXY_HALF) pass_on(to->fd, message, size / 2);
    if (plan == CUT_MESSAGE && part == POSTGRES_PROXY_ALL) pass_on(to->fd, message, size);
    end(&pair->client);
    if (plan == LOSE_COMMIT) end(&pair->server);
    return true;
}

static void serve(tmesh_postgres_proxy_t *self, pair_t *pair, side_t *from, const side_t *to)
{
    from->waiting = tmesh_realloc_array(from->waiting, from->size + PIECE_BYTES, 1);
    ssize_t got = recv(from->fd, from->waiting + from->size, PIECE_BYTES, 0);
    if (got <= 0) {
        end(&pair->client);
        end(&pair->server);
        return;
    }
    from->size += (size_t)got;
    size_t begin = 0;
    size_t size = next_size(from, 0);
    while (size > 0) {
        if (to->fd >= 0 && cuts(self, pair, from, to, from->waiting + begin, size)) break;
        pass_on(to->fd, from->waiting + begin, size);
        from->has_types = true;
        begin += size;
        size = next_size(from, begin);
    }
    if (from->fd < 0) return;
    from->size -= begin;
    memmove(from->waiting, from->waiting + begin, from->size);
}

static pair_t *find_place(tmesh_postgres_proxy_t *self)
{
    for (int i = 0; i < PAIRS_MAX; i++) {
        pair_t *pair = &self->pairs[i];
        if (pair->client.fd < 0 && pair->server.fd < 0) return pair;
    }
    for (int i = 0; i < PAIRS_MAX; i++) { // those that were cut have stayed long enough
        if (self->pairs[i].client.fd < 0) end(&self->pairs[i].server);
    }
    return self->pairs[0].server.fd < 0 ? &self->pairs[0] : NULL;
}

static void accept_client(tmesh_postgres_proxy_t *self)
{
    int client = accept(self->listener, NULL, NULL);
    int server = open_socket(self->server_path, false);
    pair_t *pair = find_place(self);
    if (server < 0 || !pair) {
        hang_up(&client);
        hang_up(&server);
        return;
    }
    pair->client = (side_t){.fd = client};
    pair->server = (side_t){.fd = server, .has_types = true};
}

static void *run(void *argument)
{
    tmesh_postgres_proxy_t *self = argument;
    while (true) { // ends with the stop
        struct pollfd items[2 + 2 * PAIRS_MAX];
        items[0] = (struct pollfd){.fd = self->stop[0], .events = POLLIN};
        items[1] = (struct pollfd){.fd = self->listener, .events = POLLIN};
        for (int i = 0; i < PAIRS_MAX; i++) {
            items[2 + 2 * i] = (struct pollfd){.fd = self->pairs[i].client.fd, .events = POLLIN};
            items[3 + 2 * i] = (struct pollfd){.fd = self->pairs[i].server.fd, .events = POLLIN};
        }
        poll(items, TMESH_COUNT_OF(items), -1);
        if (items[0].revents) return NULL;
        for (int i = 0; i < PAIRS_MAX; i++) {
            pair_t *pair = &self->pairs[i];
            if (items[2 + 2 * i].revents) serve(self, pair, &pair->client, &pair->server);
            if (pair->server.fd >= 0 && items[3 + 2 * i].revents) {
                serve(self, pair, &pair->server, &pair->client);
            }
        }
        if (items[1].revents) accept_client(self);
    }
}

tmesh_postgres_proxy_t *tmesh_postgres_proxy_new(const char *url)
{
    tmesh_postgres_proxy_t *self = tmesh_alloc(sizeof *self);
    for (int i = 0; i < PAIRS_MAX; i++) {
        self->pairs[i] = (pair_t){{.fd = -1}, {.fd = -1}};
    }
    pthread_mutex_init(&self->lock, NULL);
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
        end(&self->pairs[i].client);
        end(&self->pairs[i].server);
    }
    hang_up(&self->stop[0]);
    hang_up(&self->listener);
    unlink(self->socket_path);
    rmdir(self->folder);
    pthread_mutex_destroy(&self->lock);
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

static void plan(tmesh_postgres_proxy_t *self, plan_t plan, int number,
                 tmesh_postgres_proxy_part_t part)
{
    pthread_mutex_lock(&self->lock);
    self->plan = plan;
    self->messages_left = number;
    self->part = part;
    pthread_mutex_unlock(&self->lock);
}

void tmesh_postgres_proxy_cut(tmesh_postgres_proxy_t *self, int number,
                              tmesh_postgres_proxy_part_t part)
{
    plan(self, CUT_MESSAGE, number, part);
}

void tmesh_postgres_proxy_lose_commit(tmesh_postgres_proxy_t *self)
{
    plan(self, LOSE_COMMIT, 0, POSTGRES_PROXY_NOTHING);
}

bool tmesh_postgres_proxy_was_cut(tmesh_postgres_proxy_t *self)
{
    pthread_mutex_lock(&self->lock);
    bool was_cut = self->plan == LEAVE;
    self->plan = LEAVE;
    pthread_mutex_unlock(&self->lock);
    return was_cut;
}
