// services/store/sql/rows_list.h - rows of one kind under construction, in an arena.
#ifndef TMESH_SERVICES_STORE_SQL_ROWS_LIST_H
#define TMESH_SERVICES_STORE_SQL_ROWS_LIST_H

#include "runtime/base/arena.h"

typedef struct {
    tmesh_arena_t *arena; // lent
    size_t size;          // of one row
    void *rows;           // NULL: none
    uint32_t count;
    uint32_t capacity;
} tmesh_rows_list_t;

// A zeroed row at the end. Earlier rows may have moved.
void *tmesh_rows_list_add(tmesh_rows_list_t *self) __attribute__((returns_nonnull));

#endif
