// bin/taskmesh/template_name.h - NAMESPACE/NAME[@VERSION], as people write it.
#ifndef TMESH_BIN_TASKMESH_TEMPLATE_NAME_H
#define TMESH_BIN_TASKMESH_TEMPLATE_NAME_H

#include <stdbool.h>

enum { CLI_NAME_BYTES = 1024 };

typedef struct {
    char text[CLI_NAME_BYTES]; // the three below point into it
    const char *namespace_name;
    const char *name;
    const char *version; // NULL: the highest
} cli_template_name_t;

// False when it is not of that form. The result must not be copied.
bool cli_template_name_parse(const char *text, cli_template_name_t *name);

#endif
