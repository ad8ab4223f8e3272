#include "services/store/sqlite/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/backup_place.h"

struct tmesh_backup_file {
    char *path;      // the final name
    char *temporary; // in the same folder
    int fd;          // of the temporary file
    int folder_fd;
    bool replace;
    bool is_there; // the temporary file exists
};

tmesh_err_t tmesh_backup_file_refuse(const tmesh_backup_file_t *self, int error,
                                     tmesh_fault_t **fault_p)
{
    return tmesh_backup_place_refuse(self->path, error, fault_p);
}

tmesh_err_t tmesh_backup_file_open(tmesh_backup_file_t **self_p, const char *path, bool replace,
                                   const char *store_path, tmesh_fault_t **fault_p)
{
    tmesh_err_t err = tmesh_backup_place_check(path, replace, store_path, fault_p);
    if (err) return err;
    tmesh_auto(tmesh_backup_file) self = tmesh_alloc(sizeof *self);
    self->fd = -1;
    self->path = tmesh_strdup(path);
    self->replace = replace;
    tmesh_auto_free char *folder = tmesh_backup_place_folder(path);
    self->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->folder_fd < 0) return tmesh_backup_file_refuse(self, errno, fault_p);
    self->temporary = tmesh_printf("%s.taskmesh-backup-XXXXXX", folder);
    self->fd = mkostemp(self->temporary, O_CLOEXEC);
    if (self->fd < 0) return tmesh_backup_file_refuse(self, errno, fault_p);
    self->is_there = true;
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_backup_file_destroy(tmesh_backup_file_t **self_p)
{
    tmesh_backup_file_t *self = *self_p;
    if (!self) return;
    if (self->is_there) unlink(self->temporary);
    if (self->fd >= 0) close(self->fd);
    if (self->folder_fd >= 0) close(self->folder_fd);
    tmesh_free(self->temporary);
    tmesh_free(self->path);
    tmesh_free(self);
    *self_p = NULL;
}

const char *tmesh_backup_file_temporary(const tmesh_backup_file_t *self)
{
    return self->temporary;
}

tmesh_err_t tmesh_backup_file_sync(tmesh_backup_file_t *self, tmesh_fault_t **fault_p)
{
    return fsync(self->fd) == 0 ? TMESH_OK : tmesh_backup_file_refuse(self, errno, fault_p);
}

// Never over a file that came meanwhile, unless that was asked for. 0, or -1 and errno.
static int rename_to_final(tmesh_backup_file_t *self)
{
    if (self->replace) return rename(self->temporary, self->path);
    int failed = renameat2(AT_FDCWD, self->temporary, AT_FDCWD, self->path, RENAME_NOREPLACE);
    if (!failed || (errno != EINVAL && errno != ENOSYS)) return failed;
    // A file system without it, such as NFS: a link is refused likewise when the name is taken.
    return link(self->temporary, self->path) == 0 ? unlink(self->temporary) : -1;
}

tmesh_err_t tmesh_backup_file_finish(tmesh_backup_file_t *self, uint64_t *bytes_p,
                                     tmesh_fault_t **fault_p)
{
    tmesh_err_t err = tmesh_backup_file_sync(self, fault_p);
    if (err) return err;
    struct stat facts;
    if (fstat(self->fd, &facts) != 0 || rename_to_final(self) != 0) {
        return tmesh_backup_file_refuse(self, errno, fault_p);
    }
    self->is_there = false;
    // The copy is whole under its name; whether the name outlives a power cut is not certain yet.
    if (fsync(self->folder_fd) != 0) return tmesh_backup_file_refuse(self, errno, fault_p);
    *bytes_p = (uint64_t)facts.st_size;
    return TMESH_OK;
}
