#include "services/domain/permissions.h"

#include <assert.h>
#include <string.h>

#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

static_assert(TMESH_PERMISSION_COUNT <= 64, "one bit each");

static const char *const words[TMESH_PERMISSION_COUNT] = {
#define TMESH_PERMISSION_ROW(code, word) [TMESH_PERMISSION_##code] = word,
    TMESH_PERMISSIONS(TMESH_PERMISSION_ROW)
#undef TMESH_PERMISSION_ROW
};

static const char separators[] = ", \t\r\n";

static uint64_t bit_of(tmesh_permission_t permission)
{
    return UINT64_C(1) << permission;
}

const char *tmesh_permission_word(tmesh_permission_t permission)
{
    assert((unsigned)permission < TMESH_PERMISSION_COUNT);
    return words[permission];
}

tmesh_permissions_t tmesh_permissions_all(void)
{
    tmesh_permissions_t all = {0};
    for (int i = 0; i < TMESH_PERMISSION_COUNT; i++) {
        if (words[i]) all.bits |= bit_of((tmesh_permission_t)i);
    }
    return all;
}

// How much of the word has to begin a permission: "tasks:" of "tasks:*"; 0: it is no wildcard.
static size_t wildcard_size(const char *word, size_t size)
{
    const char *colon = memchr(word, ':', size);
    if (!colon || colon == word) return 0;
    size_t resource = (size_t)(colon - word) + 1;
    return size == resource + 1 && word[resource] == '*' ? resource : 0;
}

// No bits: there is no such permission.
static uint64_t bits_of(const char *word, size_t size)
{
    uint64_t bits = 0;
    size_t prefix = wildcard_size(word, size);
    for (int i = 0; i < TMESH_PERMISSION_COUNT; i++) {
        if (!words[i]) continue;
        bool fits = prefix ? strncmp(words[i], word, prefix) == 0
                           : strlen(words[i]) == size && memcmp(words[i], word, size) == 0;
        if (fits) bits |= bit_of((tmesh_permission_t)i);
    }
    return bits;
}

tmesh_err_t tmesh_permissions_parse(const char *list, tmesh_permissions_t *granted,
                                    tmesh_fault_t **fault_p)
{
    uint64_t bits = 0;
    const char *word = list + strspn(list, separators);
    while (*word) {
        size_t size = strcspn(word, separators);
        uint64_t more = bits_of(word, size);
        if (!more) {
            tmesh_auto_free char *name = tmesh_printf("%.*s", (int)size, word);
            *fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "unknown_permission", name,
                                       "there is no permission \"%s\"", name);
            return TMESH_ERR_INVALID;
        }
        bits |= more;
        word += size;
        word += strspn(word, separators);
    }
    granted->bits = bits;
    return TMESH_OK;
}

bool tmesh_permissions_cover(tmesh_permissions_t granted, tmesh_permission_t needed)
{
    assert((unsigned)needed < TMESH_PERMISSION_COUNT);
    if (needed == TMESH_PERMISSION_NONE) return true;
    return words[needed] && (granted.bits & bit_of(needed));
}
