#include "services/domain/pauses.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "runtime/base/memory.h"

typedef struct {
    char *namespace_name;
    char *callable; // NULL: all of them
} pause_t;

struct tmesh_pauses {
    pthread_rwlock_t guard; // of the list
    _Atomic size_t count;
    pause_t *list;
};

tmesh_pauses_t *tmesh_pauses_new(void)
{
    tmesh_pauses_t *self = tmesh_alloc(sizeof *self);
    pthread_rwlock_init(&self->guard, NULL);
    return self;
}

static void free_pause(const pause_t *pause)
{
    tmesh_free(pause->namespace_name);
    tmesh_free(pause->callable);
}

static void append(tmesh_pauses_t *self, const char *namespace_name, const char *callable)
{
    self->list = tmesh_realloc_array(self->list, self->count + 1, sizeof *self->list);
    self->list[self->count] = (pause_t){tmesh_strdup(namespace_name),
                                        callable ? tmesh_strdup(callable) : NULL};
    self->count++;
}

void tmesh_pauses_destroy(tmesh_pauses_t **self_p)
{
    tmesh_pauses_t *self = *self_p;
    if (!self) return;
    for (size_t i = 0; i < self->count; i++) free_pause(&self->list[i]);
    tmesh_free(self->list);
    pthread_rwlock_destroy(&self->guard);
    tmesh_free(self);
    *self_p = NULL;
}

static bool is_same(const pause_t *pause, const char *namespace_name, const char *callable)
{
    if (strcmp(pause->namespace_name, namespace_name) != 0) return false;
    if (!callable || !pause->callable) return callable == pause->callable;
    return strcmp(pause->callable, callable) == 0;
}

// Its place, or count.
static size_t find(const tmesh_pauses_t *self, const char *namespace_name, const char *callable)
{
    size_t i = 0;
    while (i < self->count && !is_same(&self->list[i], namespace_name, callable)) i++;
    return i;
}

void tmesh_pauses_add(tmesh_pauses_t *self, const char *namespace_name, const char *callable)
{
    assert(namespace_name);
    pthread_rwlock_wrlock(&self->guard);
    if (find(self, namespace_name, callable) == self->count) {
        append(self, namespace_name, callable);
    }
    pthread_rwlock_unlock(&self->guard);
}

void tmesh_pauses_remove(tmesh_pauses_t *self, const char *namespace_name, const char *callable)
{
    assert(namespace_name);
    pthread_rwlock_wrlock(&self->guard);
    size_t at = find(self, namespace_name, callable);
    if (at < self->count) {
        free_pause(&self->list[at]);
        self->list[at] = self->list[self->count - 1];
        self->count--;
    }
    pthread_rwlock_unlock(&self->guard);
}

void tmesh_pauses_replace(tmesh_pauses_t *self, const tmesh_pause_name_t *names, size_t count)
{
    pthread_rwlock_wrlock(&self->guard);
    for (size_t i = 0; i < self->count; i++) free_pause(&self->list[i]);
    self->count = 0;
    for (size_t i = 0; i < count; i++) append(self, names[i].namespace_name, names[i].callable);
    pthread_rwlock_unlock(&self->guard);
}

bool tmesh_pauses_has(const tmesh_pauses_t *self, const char *namespace_name,
                      const char *callable)
{
    if (self->count == 0) return false;
    pthread_rwlock_t *guard = (pthread_rwlock_t *)&self->guard;
    pthread_rwlock_rdlock(guard);
    bool has = find(self, namespace_name, NULL) < self->count ||
               find(self, namespace_name, callable) < self->count;
    pthread_rwlock_unlock(guard);
    return has;
}
