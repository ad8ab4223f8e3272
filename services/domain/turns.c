#include "services/domain/turns.h"

#include <stdlib.h>

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int by_age(const void *left, const void *right)
{
    const tmesh_turn_t *a = left;
    const tmesh_turn_t *b = right;
    if (a->namespace_key != b->namespace_key) return COMPARE(a->namespace_key, b->namespace_key);
    if (a->order_key != b->order_key) return COMPARE(a->order_key, b->order_key);
    return tmesh_step_id_compare(a->step_id, b->step_id);
}

static int by_turn(const void *left, const void *right)
{
    const tmesh_turn_t *a = left;
    const tmesh_turn_t *b = right;
    if (a->round != b->round) return COMPARE(a->round, b->round);
    if (a->served != b->served) return COMPARE(a->served, b->served);
    if (a->eldest_key != b->eldest_key) return COMPARE(a->eldest_key, b->eldest_key);
    return COMPARE(a->namespace_key, b->namespace_key);
}

void tmesh_turns_order(tmesh_turn_t *turns, size_t count)
{
    if (count < 2) return;
    qsort(turns, count, sizeof *turns, by_age);
    size_t first = 0; // of the namespace
    for (size_t i = 0; i < count; i++) {
        if (turns[i].namespace_key != turns[first].namespace_key) first = i;
        turns[i].round = i - first;
        turns[i].eldest_key = turns[first].order_key;
    }
    qsort(turns, count, sizeof *turns, by_turn);
}
