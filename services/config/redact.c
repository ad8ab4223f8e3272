#include "services/config/redact.h"

#include <string.h>
#include <strings.h>

#include "runtime/base/bytes.h"
#include "runtime/base/memory.h"

static const char stars[] = "***";
static const char key[] = "password=";

// From behind the colon of "user:password@" to the @, in what follows "//"; NULL: there is none.
static const char *find_password(const char *url, const char **end_p)
{
    const char *authority = strstr(url, "://");
    if (!authority) return NULL;
    authority += 3;
    size_t size = strcspn(authority, "/?");
    const char *at = memrchr(authority, '@', size);
    const char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    *end_p = at;
    return colon ? colon + 1 : NULL;
}

char *tmesh_config_redact(const char *url)
{
    tmesh_auto(tmesh_buffer) shown = tmesh_buffer_new();
    const char *end = NULL;
    const char *password = find_password(url, &end);
    if (password) {
        tmesh_buffer_add(shown, url, (size_t)(password - url));
        tmesh_buffer_add_text(shown, stars);
        url = end;
    }
    const char *found = NULL;
    while ((found = strcasestr(url, key))) {
        const char *value = found + strlen(key);
        tmesh_buffer_add(shown, url, (size_t)(value - url));
        tmesh_buffer_add_text(shown, stars);
        url = value + strcspn(value, "& ");
    }
    tmesh_buffer_add_text(shown, url);
    return tmesh_strdup(tmesh_buffer_text(shown));
}
