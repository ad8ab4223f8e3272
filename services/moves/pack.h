// services/moves/pack.h - a claim becomes what its worker is sent.
#ifndef TMESH_SERVICES_MOVES_PACK_H
#define TMESH_SERVICES_MOVES_PACK_H

#include "services/domain/parcel.h"
#include "services/moves/tools.h"

// The claim was loaded by a commit. The parcel lives in the work's arena. Errors: the registry's, and
// CORRUPT when a row does not fit its definition.
tmesh_err_t tmesh_pack(tmesh_tools_t *tools, const tmesh_work_t *work, const tmesh_claim_t *claim,
                       tmesh_parcel_t *parcel);

#endif
