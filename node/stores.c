#include "node/stores.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/config/redact.h"
#include "services/store/postgres/store_postgres.h"
#include "services/store/sqlite/store_sqlite.h"

static const char sqlite_scheme[] = "sqlite:";

static bool is_sqlite(const char *url)
{
    return strncmp(url, sqlite_scheme, strlen(sqlite_scheme)) == 0;
}

static tmesh_err_t open_sqlite(const tmesh_config_t *config, tmesh_clock_t *clock,
                               tmesh_log_t *log, tmesh_store_t **store_p,
                               tmesh_reader_t **reader_p, tmesh_fault_t **fault_p)
{
    tmesh_store_sqlite_config_t sqlite = {
        .path = config->store + strlen(sqlite_scheme),
        .clock = clock,
        .checkpoint_pages = (uint32_t)config->sqlite_checkpoint_pages,
        .node = config->node_name,
    };
    tmesh_err_t err = tmesh_store_sqlite_open(store_p, &sqlite, fault_p);
    if (err) return err;
    const char *warning = tmesh_store_sqlite_warning();
    if (warning) tmesh_log_warning(log, "store.warning", "%s", warning);
    return tmesh_store_sqlite_open_reader(*store_p, reader_p);
}

static tmesh_err_t open_postgres(const tmesh_config_t *config, const tmesh_node_id_t *node_id,
                                 tmesh_store_t **store_p, tmesh_reader_t **reader_p,
                                 tmesh_fault_t **fault_p)
{
    tmesh_auto_free char *shown = tmesh_config_redact(config->store);
    tmesh_store_postgres_config_t postgres = {
        .url = config->store,
        .shown = shown,
        .node = config->node_name,
        .node_id = node_id,
    };
    tmesh_err_t err = tmesh_store_postgres_open(store_p, &postgres, fault_p);
    return err ? err : tmesh_store_postgres_open_reader(*store_p, reader_p);
}

tmesh_err_t tmesh_stores_open(const tmesh_config_t *config, const tmesh_node_id_t *node_id,
                              tmesh_clock_t *clock, tmesh_log_t *log,
                              tmesh_store_t **store_p, tmesh_reader_t **reader_p,
                              tmesh_fault_t **fault_p)
{
    const char *url = config->store;
    tmesh_err_t err = TMESH_ERR_UNSUPPORTED;
    if (is_sqlite(url)) {
        err = open_sqlite(config, clock, log, store_p, reader_p, fault_p);
    } else if (tmesh_store_postgres_is_url(url)) {
        err = open_postgres(config, node_id, store_p, reader_p, fault_p);
    } else { // not shown: who knows what is in it
        *fault_p = tmesh_fault_new(err, "unknown_store", "store",
                                   "the store is none of sqlite:FILE, sqlite::memory: and "
                                   "postgresql://...");
    }
    if (err && !*fault_p) {
        tmesh_auto_free char *shown = tmesh_config_redact(url);
        *fault_p = tmesh_fault_new(err, "store_unreadable", shown, "no connection to read from");
    }
    return err;
}
