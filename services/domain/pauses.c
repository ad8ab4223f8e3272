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

void tmesh_pauses_destroy(tmesh_pauses_t **self_p)
{
    tmesh_pauses_t *self = *self_p;
    if (!self) return;
    for (size_t i = 0; i < self->count; i++) {
        tmesh_free(self->list[i].namespace_name);
        tmesh_free(self->list[i].callable);
    }
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
        self->list = tmesh_realloc_array(self->list, self->count + 1, sizeof *self->list);
        self->list[self->count] = (pause_t){tmesh_strdup(namespace_name),
                                            callable ? tmesh_strdup(callable) : NULL};
        self->count++;
    }
    pthread_rwlock_unlock(&self->guard);
}

void tmesh_pauses_remove(tmesh_pauses_t *self, const char *namespace_name, const char *callable)
{
    assert(namespace_name);
    pthread_rwlock_wrlock(&self->guard);
    size_t at = find(self, namespace_name, callable);
    if (at < self->count) {
        tmesh_free(self->list[at].namespace_name);
        tmesh_free(self->list[at].callable);
        self->list[at] = self->list[self->count - 1];
        self->count--;
    }
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
