// node/templates.h - the templates of a folder, registered before the node serves.
#ifndef TMESH_NODE_TEMPLATES_H
#define TMESH_NODE_TEMPLATES_H

#include "runtime/base/log.h"
#include "services/moves/tools.h"

// A file that is refused is logged with all its issues and stops neither the others nor the start.
void tmesh_templates_register(const char *path, tmesh_tools_t *tools, tmesh_log_t *log);

#endif
