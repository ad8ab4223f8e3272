#include "services/moves/tools.h"

#include "runtime/base/memory.h"

static tmesh_err_t load_from_store(void *source, int64_t definition_id, tmesh_buffer_t *out)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_definition_row_t row;
    tmesh_err_t err = tmesh_store_load_definition(source, definition_id, arena, &row);
    if (err) return err;
    tmesh_buffer_add(out, row.json.data, row.json.size);
    return TMESH_OK;
}

tmesh_tools_t *tmesh_tools_new(tmesh_store_t *store, const tmesh_clock_t *clock,
                               tmesh_random_t *random, tmesh_credit_t *credit,
                               const tmesh_settings_t *settings)
{
    tmesh_tools_t *self = tmesh_alloc(sizeof *self);
    *self = (tmesh_tools_t){
        .store = store,
        .clock = clock,
        .random = random,
        .credit = credit,
        .settings = settings,
        .definitions = tmesh_definitions_new(load_from_store, store),
    };
    return self;
}

void tmesh_tools_destroy(tmesh_tools_t **self_p)
{
    if (!*self_p) return;
    tmesh_definitions_destroy(&(*self_p)->definitions);
    tmesh_free(*self_p);
    *self_p = NULL;
}

tmesh_err_t tmesh_tools_step_definition(tmesh_tools_t *self, const tmesh_work_step_t *step,
                                        const tmesh_definition_t **definition_p,
                                        const tmesh_step_definition_t **step_definition_p)
{
    const tmesh_definition_t *definition = NULL;
    tmesh_err_t err =
        tmesh_definitions_get(self->definitions, step->task->row.definition_id, &definition);
    if (err) return err;
    if (step->row.template_index >= definition->step_count) return TMESH_ERR_CORRUPT;
    *definition_p = definition;
    *step_definition_p = &definition->steps[step->row.template_index];
    return TMESH_OK;
}

tmesh_err_t tmesh_tools_has_definition(tmesh_tools_t *self, const tmesh_work_step_t *step,
                                       bool *has_p)
{
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(self, step, &definition, &of_step);
    if (err && err != TMESH_ERR_CORRUPT && err != TMESH_ERR_NOT_FOUND) return err;
    *has_p = !err;
    return TMESH_OK;
}

bool tmesh_tools_is_paused(tmesh_tools_t *self, const tmesh_work_step_t *step)
{
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *of_step = NULL;
    if (tmesh_tools_step_definition(self, step, &definition, &of_step)) return false;
    return tmesh_pauses_has(tmesh_credit_pauses(self->credit), definition->namespace_name,
                            of_step->callable);
}

bool tmesh_tools_claim_in_turn(const tmesh_tools_t *self)
{
    return tmesh_credit_is_awaited(self->credit) &&
           tmesh_clock_now_ms(self->clock) >= self->refill_from_ms;
}

int64_t tmesh_tools_timeout_ms(const tmesh_tools_t *self, const tmesh_step_definition_t *step)
{
    return step->timeout_ms < 0 ? self->settings->step_timeout_default_ms : step->timeout_ms;
}
