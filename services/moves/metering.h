// services/moves/metering.h - counts what a commit has done, from the work that it wrote.
#ifndef TMESH_SERVICES_MOVES_METERING_H
#define TMESH_SERVICES_MOVES_METERING_H

#include "services/moves/tools.h"

// After the commit. Without metrics in the tools: nothing.
void tmesh_metering_count(tmesh_tools_t *tools, const tmesh_work_t *work);

#endif
