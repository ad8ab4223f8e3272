#include "services/store/sqlite/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/memory.h"

struct tmesh_lock_file {
    int fd;
};

// Who says that they own it; an empty text when it does not say.
static void read_owner(int fd, char *owner, size_t size)
{
    ssize_t got = pread(fd, owner, size - 1, 0);
    owner[got > 0 ? got : 0] = 0;
    owner[strcspn(owner, "\n")] = 0;
}

static void write_owner(int fd)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    // Only for the message of whoever comes too late: failing to write it does no harm.
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)size, 0) < 0) return;
}

static tmesh_err_t take_lock(tmesh_lock_file_t *self, const char *path, tmesh_fault_t **fault_p)
{
    // Of the open file, not of the process: it also keeps a second store of this process out.
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(self->fd, F_OFD_SETLK, &whole) == 0) return TMESH_OK;
    if (errno == EAGAIN || errno == EACCES) {
        char owner[32];
        read_owner(self->fd, owner, sizeof owner);
        *fault_p = tmesh_fault_new(TMESH_ERR_BUSY, "store_locked", path,
                                   "another process owns the store (pid %s)",
                                   *owner ? owner : "unknown");
        return TMESH_ERR_BUSY;
    }
    *fault_p = tmesh_fault_new(TMESH_ERR_IO, "store_unreadable", path,
                               "the lock file can not be locked: %s", strerror(errno));
    return TMESH_ERR_IO;
}

tmesh_err_t tmesh_lock_file_open(tmesh_lock_file_t **self_p, const char *store_path,
                                 tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_lock_file) self = tmesh_alloc(sizeof *self);
    tmesh_auto_free char *path = tmesh_printf("%s.lock", store_path);
    self->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (self->fd < 0) {
        *fault_p = tmesh_fault_new(TMESH_ERR_IO, "store_unreadable", path,
                                   "the lock file can not be opened: %s", strerror(errno));
        return TMESH_ERR_IO;
    }
    tmesh_err_t err = take_lock(self, path, fault_p);
    if (err) return err;
    write_owner(self->fd);
    *self_p = self;
    self = NULL;
    return TMESH_OK;
}

void tmesh_lock_file_destroy(tmesh_lock_file_t **self_p)
{
    tmesh_lock_file_t *self = *self_p;
    if (!self) return;
    if (self->fd >= 0) close(self->fd);
    tmesh_free(self);
    *self_p = NULL;
}
