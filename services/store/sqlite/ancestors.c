#include "services/store/sqlite/ancestors.h"

#include "runtime/base/memory.h"
#include "services/store/sqlite/claims.h"
#include "services/store/sql/rows_list.h"

enum { LOOKED_AT_MAX = 256 }; // steps whose parents are read for one claim

// A walk up from the parents of the claim, level by level.
typedef struct {
    tmesh_sqlite_connection_t *connection;
    tmesh_work_t *work;
    tmesh_claim_t *claim;
    tmesh_map_t *seen;
    tmesh_rows_list_t queue; // of tmesh_step_id_t
    tmesh_rows_list_t found; // of tmesh_claim_input_t
    size_t bytes;
} walk_t;

static bool is_new(walk_t *walk, const tmesh_claim_input_t *input)
{
    const tmesh_step_id_t *id = &input->step_id;
    if (tmesh_map_get(walk->seen, id->bytes, sizeof id->bytes)) return false;
    tmesh_map_put(walk->seen, id->bytes, sizeof id->bytes, walk);
    if (input->has_parents) *(tmesh_step_id_t *)tmesh_rows_list_add(&walk->queue) = *id;
    return true;
}

static void take(walk_t *walk, const tmesh_claim_input_t *input)
{
    if (!is_new(walk, input) || input->error_code || !input->result.data) return;
    if (walk->bytes + input->result.size > walk->work->ancestor_bytes_max) {
        walk->claim->is_truncated = true;
        return;
    }
    walk->bytes += input->result.size;
    *(tmesh_claim_input_t *)tmesh_rows_list_add(&walk->found) = *input;
}

static tmesh_err_t look_above(walk_t *walk, tmesh_step_id_t id)
{
    const tmesh_claim_input_t *inputs = NULL;
    uint32_t count = 0;
    tmesh_err_t err =
        tmesh_sqlite_claims_inputs(walk->connection, walk->work->arena, id, UINT16_MAX, &inputs,
                                   &count);
    for (uint32_t i = 0; !err && i < count; i++) take(walk, &inputs[i]);
    return err;
}

tmesh_err_t tmesh_sqlite_ancestors_load(tmesh_sqlite_connection_t *connection, tmesh_work_t *work,
                                        tmesh_claim_t *claim)
{
    if (claim->input_count == 0) return TMESH_OK;
    walk_t walk = {.connection = connection, .work = work, .claim = claim};
    walk.queue = (tmesh_rows_list_t){.arena = work->arena, .size = sizeof(tmesh_step_id_t)};
    walk.found = (tmesh_rows_list_t){.arena = work->arena, .size = sizeof(tmesh_claim_input_t)};
    walk.seen = tmesh_map_new();
    for (uint32_t i = 0; i < claim->input_count; i++) {
        (void)is_new(&walk, &claim->inputs[i]);
    }
    tmesh_err_t err = TMESH_OK;
    if (work->ancestor_bytes_max == 0) claim->is_truncated = walk.queue.count > 0;
    for (uint32_t i = 0; !err && i < walk.queue.count && !claim->is_truncated; i++) {
        if (i == LOOKED_AT_MAX) {
            claim->is_truncated = true;
            break;
        }
        err = look_above(&walk, ((const tmesh_step_id_t *)walk.queue.rows)[i]);
    }
    tmesh_map_destroy(&walk.seen);
    claim->ancestors = walk.found.rows;
    claim->ancestor_count = walk.found.count;
    return err;
}
