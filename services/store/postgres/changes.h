// services/store/postgres/changes.h - what is changed without a work: functions of the backend
// (services/store/store.h), each a short transaction.
#ifndef TMESH_SERVICES_STORE_POSTGRES_CHANGES_H
#define TMESH_SERVICES_STORE_POSTGRES_CHANGES_H

#include "services/store/store.h"

tmesh_err_t tmesh_postgres_changes_take_over(tmesh_store_t *store, int64_t due_ms, uint32_t *count_p);
tmesh_err_t tmesh_postgres_changes_prune(tmesh_store_t *store, int64_t until_ms, uint32_t limit,
                                         uint32_t *count_p);
tmesh_err_t tmesh_postgres_changes_put_definition(tmesh_store_t *store, tmesh_definition_row_t *row,
                                                  const tmesh_queue_row_t *queues, size_t queue_count,
                                                  bool *created_p);
tmesh_err_t tmesh_postgres_changes_put_pause(tmesh_store_t *store, const tmesh_pause_row_t *row,
                                             bool *changed_p);
tmesh_err_t tmesh_postgres_changes_remove_pause(tmesh_store_t *store, const char *namespace_name,
                                                const char *callable, bool *changed_p);

#endif
