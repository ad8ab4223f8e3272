#include "tests/support/failing_vfs.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

static sqlite3_vfs failing;                // a copy of the default one with an xOpen of ours
static sqlite3_vfs *real;                  // the default one
static const sqlite3_io_methods *methods;  // of its files
static sqlite3_io_methods failing_methods; // a copy, with two methods of ours
static int syncs_to_fail;
static int writes_to_fail;

static int sync_log(sqlite3_file *file, int flags)
{
    if (syncs_to_fail > 0) {
        syncs_to_fail--;
        return SQLITE_IOERR_FSYNC;
    }
    return methods->xSync(file, flags);
}

static int write_log(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    if (writes_to_fail > 0) {
        writes_to_fail--;
        return SQLITE_FULL;
    }
    return methods->xWrite(file, data, size, offset);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    int code = real->xOpen(vfs, name, file, flags, out_flags);
    if (code != SQLITE_OK || !(flags & SQLITE_OPEN_WAL)) return code;
    assert(!methods || methods == file->pMethods);
    methods = file->pMethods;
    failing_methods = *methods;
    failing_methods.xSync = sync_log;
    failing_methods.xWrite = write_log;
    file->pMethods = &failing_methods;
    return SQLITE_OK;
}

void tmesh_failing_vfs_install(void)
{
    if (real) return;
    real = sqlite3_vfs_find(NULL);
    assert(real);
    failing = *real;
    failing.zName = "failing";
    failing.xOpen = open_file;
    sqlite3_vfs_register(&failing, true);
}

void tmesh_failing_vfs_fail_syncs(int times)
{
    syncs_to_fail = times;
}

void tmesh_failing_vfs_fail_writes(int times)
{
    writes_to_fail = times;
}
