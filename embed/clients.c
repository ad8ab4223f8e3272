#include "embed/clients.h"

#include <assert.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client/inside.h"
#include "node/node.h"
#include "runtime/base/memory.h"

struct tmesh_clients {
    void *zmq;   // lent
    int stop_fd; // readable once requests are to end
    pthread_mutex_t lock;
    pthread_cond_t all_back;
    // Behind the lock:
    tmesh_client_t **idle;
    size_t idle_count;
    size_t capacity; // of `idle`: room for all that were ever made
    size_t lent;
};

tmesh_clients_t *tmesh_clients_new(void *zmq)
{
    tmesh_clients_t *self = tmesh_alloc(sizeof *self);
    self->zmq = zmq;
    self->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert(self->stop_fd >= 0);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->all_back, NULL);
    return self;
}

void tmesh_clients_destroy(tmesh_clients_t **self_p)
{
    tmesh_clients_t *self = *self_p;
    if (!self) return;
    pthread_mutex_lock(&self->lock);
    while (self->lent > 0) pthread_cond_wait(&self->all_back, &self->lock);
    pthread_mutex_unlock(&self->lock);
    for (size_t i = 0; i < self->idle_count; i++) tmesh_client_close(&self->idle[i]);
    tmesh_free(self->idle);
    pthread_cond_destroy(&self->all_back);
    pthread_mutex_destroy(&self->lock);
    close(self->stop_fd);
    tmesh_free(self);
    *self_p = NULL;
}

tmesh_client_t *tmesh_clients_take(tmesh_clients_t *self)
{
    tmesh_client_t *client = NULL;
    pthread_mutex_lock(&self->lock);
    if (self->idle_count > 0) client = self->idle[--self->idle_count];
    self->lent++;
    pthread_mutex_unlock(&self->lock);
    if (client) return client;
    const tmesh_client_options_t options = {.endpoint = TMESH_NODE_DOOR};
    return tmesh_client_open_inside(&options, self->zmq, self->stop_fd);
}

void tmesh_clients_give_back(tmesh_clients_t *self, tmesh_client_t **client_p)
{
    pthread_mutex_lock(&self->lock);
    if (self->idle_count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 4;
        self->idle = tmesh_realloc_array(self->idle, self->capacity, sizeof(tmesh_client_t *));
    }
    self->idle[self->idle_count++] = *client_p;
    *client_p = NULL;
    self->lent--;
    if (self->lent == 0) pthread_cond_signal(&self->all_back);
    pthread_mutex_unlock(&self->lock);
}

void tmesh_clients_interrupt(tmesh_clients_t *self)
{
    eventfd_write(self->stop_fd, 1); // never read again
}
