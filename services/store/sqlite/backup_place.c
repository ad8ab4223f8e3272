#include "services/store/sqlite/backup_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/memory.h"
#include "services/store/sqlite/schema.h"

enum { HEADER_BYTES = 72, APPLICATION_ID_AT = 68 }; // of an SQLite file

static const char where[] = "/file"; // the field of the request

static tmesh_err_t refuse(tmesh_fault_t **fault_p, tmesh_err_t err, const char *code,
                          const char *path, const char *sentence)
{
    *fault_p = tmesh_fault_new(err, code, where, "%s: %s", sentence, path);
    return err;
}

tmesh_err_t tmesh_backup_place_refuse(const char *path, int error, tmesh_fault_t **fault_p)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return refuse(fault_p, TMESH_ERR_INVALID, "no_such_folder", path,
                      "its folder does not exist");
    case EEXIST:
        return refuse(fault_p, TMESH_ERR_CONFLICT, "file_exists", path,
                      "the file exists, and \"replace\" is not set");
    case EISDIR:
        return refuse(fault_p, TMESH_ERR_INVALID, "not_a_file", path, "it is a folder");
    case ENOSPC:
    case EDQUOT:
        return refuse(fault_p, TMESH_ERR_CONFLICT, "no_space", path, strerror(error));
    case EACCES:
    case EPERM:
    case EROFS:
        return refuse(fault_p, TMESH_ERR_INVALID, "no_permission", path, strerror(error));
    default:
        return refuse(fault_p, TMESH_ERR_INVALID, "cannot_write", path, strerror(error));
    }
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *tmesh_backup_place_folder(const char *path)
{
    const char *name = name_of(path);
    return name == path ? tmesh_strdup("./") : tmesh_printf("%.*s", (int)(name - path), path);
}

static bool is_same_folder(const char *path, const char *other)
{
    tmesh_auto_free char *folder = tmesh_backup_place_folder(path);
    tmesh_auto_free char *other_folder = tmesh_backup_place_folder(other);
    struct stat one;
    struct stat two;
    return stat(folder, &one) == 0 && stat(other_folder, &two) == 0 &&
           one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

// Is it the name of the store, or of a file that SQLite or we keep beside it?
static bool is_name_of(const char *path, const char *store_path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".lock"};
    const char *store_name = name_of(store_path);
    size_t size = strlen(store_name);
    if (strncmp(name_of(path), store_name, size) != 0) return false;
    for (size_t i = 0; i < TMESH_COUNT_OF(endings); i++) {
        if (strcmp(name_of(path) + size, endings[i]) == 0) return is_same_folder(path, store_path);
    }
    return false;
}

static bool is_of_store(const char *path, const char *store_path)
{
    if (is_name_of(path, store_path)) return true;
    char *resolved = realpath(store_path, NULL); // what SQLite has opened, links followed
    bool is_of = resolved && is_name_of(path, resolved);
    free(resolved);
    return is_of;
}

static bool has_beside(const char *path, const char *ending)
{
    tmesh_auto_free char *beside = tmesh_printf("%s%s", path, ending);
    struct stat facts;
    return lstat(beside, &facts) == 0;
}

// A typing error must not cost somebody's file: only a store of ours is replaced.
static bool is_store(const char *path)
{
    uint8_t header[HEADER_BYTES] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return false;
    ssize_t got = read(fd, header, sizeof header);
    close(fd);
    const uint8_t *id = header + APPLICATION_ID_AT;
    uint32_t application =
        (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
    return got == sizeof header && memcmp(header, "SQLite format 3", 16) == 0 &&
           application == TMESH_SCHEMA_APPLICATION_ID;
}

static tmesh_err_t check_what_is_there(const char *path, bool replace, tmesh_fault_t **fault_p)
{
    struct stat facts;
    if (lstat(path, &facts) != 0) {
        return errno == ENOENT ? TMESH_OK : tmesh_backup_place_refuse(path, errno, fault_p);
    }
    if (!replace) return tmesh_backup_place_refuse(path, EEXIST, fault_p);
    if (S_ISDIR(facts.st_mode)) return tmesh_backup_place_refuse(path, EISDIR, fault_p);
    if (S_ISREG(facts.st_mode) && is_store(path)) return TMESH_OK;
    return refuse(fault_p, TMESH_ERR_CONFLICT, "not_a_store", path,
                  "the file exists and is no copy of a store, so it is not replaced");
}

tmesh_err_t tmesh_backup_place_check(const char *path, bool replace, const char *store_path,
                                     tmesh_fault_t **fault_p)
{
    if (*path != '/') {
        return refuse(fault_p, TMESH_ERR_INVALID, "relative_path", path,
                      "the path must be absolute: the daemon's folder is not yours");
    }
    const char *name = name_of(path);
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return refuse(fault_p, TMESH_ERR_INVALID, "not_a_file", path, "it names a folder");
    }
    if (store_path && is_of_store(path, store_path)) {
        return refuse(fault_p, TMESH_ERR_CONFLICT, "file_in_use", path,
                      "it belongs to the store itself");
    }
    // A log beside a new file would be taken for that file's, and spoil it.
    if (has_beside(path, "-wal") || has_beside(path, "-journal")) {
        return refuse(fault_p, TMESH_ERR_CONFLICT, "file_in_use", path,
                      "a log (-wal or -journal) lies beside it: somebody has it open, or has not "
                      "closed it in order");
    }
    return check_what_is_there(path, replace, fault_p);
}
