#include "tests/support/store_sqlite_place.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/memory.h"

// begin; step, task, result, children; task, 2 steps, result, 4 passages; context, inputs;
// commit
enum { SQLITE_STATEMENTS_PER_RESULT = 16 };

static void *new_file(void)
{
    const char *root = getenv("TMPDIR");
    tmesh_auto_free char *folder = tmesh_printf("%s/tmesh-store-XXXXXX", root ? root : "/tmp");
    char *made = mkdtemp(folder);
    assert(made);
    return tmesh_printf("%s/store.db", made);
}

static void destroy_file(void *place)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".lock"};
    for (size_t i = 0; i < TMESH_COUNT_OF(endings); i++) {
        tmesh_auto_free char *path = tmesh_printf("%s%s", (char *)place, endings[i]);
        unlink(path);
    }
    *strrchr(place, '/') = 0;
    int failed = rmdir(place);
    assert(!failed);
    tmesh_free(place);
}

static void *new_memory(void)
{
    return tmesh_strdup(":memory:");
}

static void destroy_memory(void *place)
{
    tmesh_free(place);
}

static tmesh_err_t open_place(void *place, tmesh_clock_t *clock, tmesh_store_t **store_p)
{
    tmesh_store_sqlite_config_t config = {.path = place, .clock = clock};
    tmesh_auto(tmesh_fault) fault = NULL;
    tmesh_err_t err = tmesh_store_sqlite_open(store_p, &config, &fault);
    if (err) fprintf(stderr, "%s: %s\n", fault->code, fault->message);
    return err;
}

const tmesh_store_factory_t tmesh_store_sqlite_file = {
    .name = "sqlite_file",
    .new_place = new_file,
    .destroy_place = destroy_file,
    .open = open_place,
    .open_reader = tmesh_store_sqlite_open_reader,
    .is_durable = true,
    .reads_beside = true,
    .statements_per_result = SQLITE_STATEMENTS_PER_RESULT,
};

const tmesh_store_factory_t tmesh_store_sqlite_memory = {
    .name = "sqlite_memory",
    .new_place = new_memory,
    .destroy_place = destroy_memory,
    .open = open_place,
    .open_reader = tmesh_store_sqlite_open_reader,
    .statements_per_result = SQLITE_STATEMENTS_PER_RESULT,
};

void tmesh_store_sqlite_place_expect(sqlite3 *db, const char *update, const char *query, int value,
                                     const char *text)
{
    char *filled = sqlite3_mprintf(update, value);
    int code = sqlite3_exec(db, filled, NULL, NULL, NULL);
    assert(code == SQLITE_OK);
    sqlite3_free(filled);
    sqlite3_stmt *statement = NULL;
    code = sqlite3_prepare_v2(db, query, -1, &statement, NULL);
    assert(code == SQLITE_OK);
    code = sqlite3_step(statement);
    assert(code == SQLITE_ROW);
    assert(strcmp((const char *)sqlite3_column_text(statement, 0), text) == 0);
    sqlite3_finalize(statement);
}
