#include "services/moves/pack.h"

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

static bool is_isolated(const tmesh_step_definition_t *step)
{
    return step->batch_config &&
           step->batch_config->failure_strategy == TMESH_BATCH_ISOLATE;
}

// Results of its parents. Workers of a batch that failed come without one, or, isolated, not at all.
static tmesh_err_t pack_inputs(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                               const tmesh_claim_input_t *loaded, uint32_t loaded_count,
                               const tmesh_parcel_input_t **inputs_p, size_t *count_p,
                               bool *lacks_some_p)
{
    tmesh_parcel_input_t *inputs = tmesh_arena_alloc(arena, (loaded_count + 1) * sizeof *inputs);
    size_t count = 0;
    for (uint32_t i = 0; i < loaded_count; i++) {
        const tmesh_claim_input_t *input = &loaded[i];
        if (input->template_index >= definition->step_count) return TMESH_ERR_CORRUPT;
        const tmesh_step_definition_t *of_parent = &definition->steps[input->template_index];
        if (input->error_code && is_isolated(of_parent)) continue;
        if (input->left_out) {
            *lacks_some_p = true;
            continue;
        }
        inputs[count++] = (tmesh_parcel_input_t){
            .name = input->name ? input->name : tmesh_arena_text(arena, of_parent->name),
            .result = input->error_code ? TMESH_BYTES_NONE : input->result,
            .error_code = input->error_code,
            .error_message = input->error_message,
        };
    }
    *inputs_p = inputs;
    *count_p = count;
    return TMESH_OK;
}

// What its template gives to all, and what it has of its own, which wins.
static tmesh_bytes_t pack_initialization(const tmesh_work_t *work, const char *common,
                                         tmesh_bytes_t own)
{
    if (!own.data) return tmesh_arena_bytes(work->arena, tmesh_bytes_of_text(common));
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    tmesh_buffer_add(json, own.data, own.size - 1); // without its closing brace
    size_t position = 0;
    tmesh_bytes_t key;
    tmesh_bytes_t value;
    while (tmesh_json_next(tmesh_bytes_of_text(common), &position, &key, &value)) {
        tmesh_auto(tmesh_buffer) name = tmesh_buffer_new();
        tmesh_json_unescape(key, name);
        if (tmesh_json_member(own, tmesh_buffer_text(name)).data) continue;
        tmesh_buffer_add_text(json, ",");
        tmesh_buffer_add(json, key.data, key.size);
        tmesh_buffer_add_text(json, ":");
        tmesh_buffer_add(json, value.data, value.size);
    }
    tmesh_buffer_add_text(json, "}");
    return tmesh_arena_bytes(work->arena, tmesh_buffer_bytes(json));
}

// As behaviour of the model has it: what its handler saved, and when.
static tmesh_bytes_t pack_checkpoint(const tmesh_work_t *work, const tmesh_checkpoint_row_t *row)
{
    if (!row) return TMESH_BYTES_NONE;
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    tmesh_buffer_add_text(json, "{\"cursor\":");
    tmesh_buffer_add(json, row->cursor.data, row->cursor.size);
    tmesh_buffer_printf(json, ",\"items_processed\":%lld,\"at_ms\":%lld,\"number\":%u",
                        (long long)row->items_processed, (long long)row->at_ms, row->number);
    if (row->accumulated.data) {
        tmesh_buffer_add_text(json, ",\"accumulated_results\":");
        tmesh_buffer_add(json, row->accumulated.data, row->accumulated.size);
    }
    tmesh_buffer_add_text(json, "}");
    return tmesh_arena_bytes(work->arena, tmesh_buffer_bytes(json));
}

tmesh_err_t tmesh_pack(tmesh_tools_t *tools, const tmesh_work_t *work, const tmesh_claim_t *claim,
                       tmesh_parcel_t *parcel)
{
    const tmesh_definition_t *definition = NULL;
    const tmesh_step_definition_t *step = NULL;
    tmesh_err_t err = tmesh_tools_step_definition(tools, claim->step, &definition, &step);
    if (err) return err;
    const tmesh_step_row_t *row = &claim->step->row;
    tmesh_arena_t *arena = work->arena;
    *parcel = (tmesh_parcel_t){
        .fence = {.step_id = row->id, .run = row->run, .token = row->token},
        .offer = claim->offer,
        .step_name = row->name ? row->name : tmesh_arena_text(arena, step->name),
        .template_step_name = tmesh_arena_text(arena, step->name),
        .namespace_name = tmesh_arena_text(arena, definition->namespace_name),
        .task_name = tmesh_arena_text(arena, definition->name),
        .task_version = tmesh_arena_text(arena, definition->version),
        .callable = tmesh_arena_text(arena, step->callable),
        .method = tmesh_arena_text(arena, step->method),
        .correlation_id = claim->correlation_id,
        .attempt = row->attempts + 1,
        .max_attempts = row->max_attempts,
        .priority = claim->step->task->row.priority,
        .timeout_ms = tmesh_tools_timeout_ms(tools, step),
        .context = claim->context,
        .initialization =
            pack_initialization(work, step->initialization_json, claim->own_inputs),
        .checkpoint = pack_checkpoint(work, claim->checkpoint),
    };
    parcel->is_truncated = claim->is_truncated;
    err = pack_inputs(arena, definition, claim->inputs, claim->input_count, &parcel->inputs,
                      &parcel->input_count, &parcel->lacks_inputs);
    if (err) return err;
    return pack_inputs(arena, definition, claim->ancestors, claim->ancestor_count,
                       &parcel->ancestors, &parcel->ancestor_count, &parcel->is_truncated);
}
