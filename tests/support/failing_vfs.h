// tests/support/failing_vfs.h - SQLite's own files, with a log (the WAL) that fails when told to.
// For the whole process, from the first install on; stores opened before it are not concerned.
#ifndef TMESH_TESTS_SUPPORT_FAILING_VFS_H
#define TMESH_TESTS_SUPPORT_FAILING_VFS_H

void tmesh_failing_vfs_install(void);
// The next `times` calls fail: fsync of the log, as a broken disk does; writes to it, as a full one.
void tmesh_failing_vfs_fail_syncs(int times);
void tmesh_failing_vfs_fail_writes(int times);

#endif
