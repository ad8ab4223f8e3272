#include "bin/taskmesh/template_name.h"

#include <string.h>

bool cli_template_name_parse(const char *text, cli_template_name_t *name)
{
    if (strlen(text) >= sizeof name->text) return false;
    strcpy(name->text, text);
    char *slash = strchr(name->text, '/');
    if (!slash) return false;
    *slash = 0;
    name->namespace_name = name->text;
    name->name = slash + 1;
    name->version = NULL;
    char *at = strchr(slash + 1, '@');
    if (at) {
        *at = 0;
        name->version = at + 1;
        if (!*name->version) return false;
    }
    return *name->namespace_name && *name->name;
}
