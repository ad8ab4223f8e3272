// What a batchable's result says: "batch_processing_outcome".
#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"
#include "services/moves/choice.h"

typedef struct {
    tmesh_arena_t *arena;
    const tmesh_definition_t *definition;
    const tmesh_step_definition_t *batchable;
    tmesh_fault_t **fault_p;
} reading_t;

static tmesh_err_t refuse(const reading_t *self, const char *where, const char *sentence,
                          const char *name)
{
    tmesh_auto_free char *pointer = tmesh_printf("/batch_processing_outcome%s", where);
    *self->fault_p = tmesh_fault_new(TMESH_ERR_INVALID, "invalid_batch", pointer, "%s%.200s",
                                     sentence, name);
    return TMESH_ERR_INVALID;
}

static bool is_worker_of(const reading_t *self, int step)
{
    if (self->definition->steps[step].type != TMESH_STEP_TYPE_BATCH_WORKER) return false;
    for (uint16_t i = 0; i < self->batchable->child_count; i++) {
        if (self->batchable->children[i] == step) return true;
    }
    return false;
}

static bool is_given(tmesh_bytes_t json)
{
    tmesh_json_kind_t kind = tmesh_json_kind(json);
    return kind != TMESH_JSON_ABSENT && kind != TMESH_JSON_NULL;
}

// By the result's word, else by the template's, else the only one there is.
static tmesh_err_t find_worker(const reading_t *self, tmesh_bytes_t outcome, uint16_t *worker_p)
{
    tmesh_bytes_t said = tmesh_json_member(outcome, "worker_template_name");
    const char *name = tmesh_choice_text(self->arena, said);
    if (!name && is_given(said)) {
        return refuse(self, "/worker_template_name", "it is not a step's name", "");
    }
    if (!name) {
        tmesh_bytes_t own = tmesh_bytes_of_text(self->batchable->initialization_json);
        name = tmesh_choice_text(self->arena, tmesh_json_member(own, "worker_template_name"));
    }
    int found = -1;
    for (uint16_t i = 0; i < self->batchable->child_count; i++) {
        uint16_t child = self->batchable->children[i];
        if (!is_worker_of(self, child)) continue;
        if (name && strcmp(self->definition->steps[child].name, name) != 0) continue;
        if (found >= 0) {
            return refuse(self, "/worker_template_name", "it does not say which workers it means",
                          "");
        }
        found = child;
    }
    if (found < 0) {
        return refuse(self, "/worker_template_name", "this step has no batch_worker ",
                      name ? name : "at all");
    }
    *worker_p = (uint16_t)found;
    return TMESH_OK;
}

static bool is_usable_id(const char *id)
{
    size_t length = strlen(id);
    if (length == 0 || length > TMESH_BATCH_ID_CHARS_MAX) return false;
    return strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == length;
}

static tmesh_err_t refuse_cursor(const reading_t *self, uint32_t position, const char *member,
                                 const char *sentence, const char *name)
{
    tmesh_auto_free char *where = tmesh_printf("/cursor_configs/%u%s", position, member);
    tmesh_auto_free char *text = tmesh_printf("item %u of cursor_configs: %s %s%s", position,
                                              *member ? member + 1 : "it", sentence, name);
    return refuse(self, where, text, "");
}

static tmesh_err_t read_cursor(const reading_t *self, uint16_t worker, uint32_t position,
                               tmesh_bytes_t json, tmesh_map_t *known,
                               tmesh_batch_cursor_t *cursor)
{
    if (tmesh_json_kind(json) != TMESH_JSON_OBJECT) {
        return refuse_cursor(self, position, "", "is not an object", "");
    }
    static const char at_id[] = "/batch_id";
    tmesh_bytes_t said = tmesh_json_member(json, at_id + 1);
    if (!is_given(said)) return refuse_cursor(self, position, at_id, "is missing", "");
    const char *id = tmesh_choice_text(self->arena, said);
    if (!id || !is_usable_id(id)) {
        return refuse_cursor(self, position, at_id,
                             "is not a text of 1 to 64 letters, digits, _ . or -: ", id ? id : "");
    }
    if (tmesh_map_get(known, id, strlen(id))) {
        return refuse_cursor(self, position, at_id, "is that of an earlier one: ", id);
    }
    tmesh_map_put(known, id, strlen(id), cursor);
    const char *worker_name = self->definition->steps[worker].name;
    tmesh_auto_free char *name = tmesh_printf("%s_%s", worker_name, id);
    if (tmesh_definition_find_step(self->definition, name) >= 0) {
        return refuse_cursor(self, position, at_id, "makes the name of another step: ", name);
    }
    *cursor = (tmesh_batch_cursor_t){
        .batch_id = id,
        .start_cursor = tmesh_json_member(json, "start_cursor"),
        .end_cursor = tmesh_json_member(json, "end_cursor"),
        .batch_size = tmesh_json_member(json, "batch_size"),
    };
    return TMESH_OK;
}

static tmesh_err_t read_cursors(const reading_t *self, uint16_t worker, tmesh_bytes_t outcome,
                                tmesh_choice_t *choice)
{
    tmesh_bytes_t configs = tmesh_json_member(outcome, "cursor_configs");
    if (tmesh_json_kind(configs) != TMESH_JSON_ARRAY) {
        return refuse(self, "/cursor_configs", "it is not an array", "");
    }
    uint32_t count = 0;
    size_t position = 0;
    tmesh_bytes_t json;
    while (tmesh_json_next(configs, &position, NULL, &json)) count++;
    if (count == 0) return refuse(self, "/cursor_configs", "it is empty: say no_batches", "");
    if (count > TMESH_BATCHES_MAX) {
        return refuse(self, "/cursor_configs", "it has more than 10000 items", "");
    }
    tmesh_batch_cursor_t *cursors = tmesh_arena_alloc(self->arena, count * sizeof *cursors);
    tmesh_auto(tmesh_map) known = tmesh_map_new();
    position = 0;
    for (uint32_t i = 0; tmesh_json_next(configs, &position, NULL, &json); i++) {
        tmesh_err_t err = read_cursor(self, worker, i, json, known, &cursors[i]);
        if (err) return err;
    }
    choice->cursors = cursors;
    choice->cursor_count = count;
    return TMESH_OK;
}

// A count that was given says what its writer meant.
static tmesh_err_t check_count(const reading_t *self, tmesh_bytes_t outcome,
                               const tmesh_choice_t *choice)
{
    tmesh_bytes_t said = tmesh_json_member(outcome, "worker_count");
    if (!is_given(said)) return TMESH_OK;
    tmesh_auto_free char *count = tmesh_printf("%u", choice->cursor_count);
    if (tmesh_bytes_equal_text(said, count)) return TMESH_OK;
    return refuse(self, "/worker_count", "it is not the number of cursor_configs, which is ",
                  count);
}

// The placeholder: a worker without work, so that whatever depends on the batch has a parent.
static void read_no_batches(const reading_t *self, tmesh_choice_t *choice)
{
    tmesh_batch_cursor_t *cursor = tmesh_arena_alloc(self->arena, sizeof *cursor);
    tmesh_bytes_t zero = tmesh_bytes_of_text("0");
    *cursor = (tmesh_batch_cursor_t){
        .batch_id = "000", .start_cursor = zero, .end_cursor = zero, .batch_size = zero};
    choice->cursors = cursor;
    choice->cursor_count = 1;
    choice->is_no_op = true;
}

tmesh_err_t tmesh_choice_read_batch(tmesh_arena_t *arena, const tmesh_definition_t *definition,
                                    uint16_t index, tmesh_bytes_t result, tmesh_choice_t *choice,
                                    tmesh_fault_t **fault_p)
{
    reading_t self = {arena, definition, &definition->steps[index], fault_p};
    *choice = (tmesh_choice_t){0};
    tmesh_bytes_t outcome = TMESH_BYTES_NONE;
    if (tmesh_json_kind(result) == TMESH_JSON_OBJECT) {
        outcome = tmesh_json_member(result, "batch_processing_outcome");
    }
    if (tmesh_json_kind(outcome) != TMESH_JSON_OBJECT) {
        return refuse(&self, "", "the result of a batchable step has no batch_processing_outcome",
                      "");
    }
    tmesh_bytes_t type = tmesh_json_member(outcome, "type");
    bool is_no_op = tmesh_choice_is_text(type, "no_batches");
    if (!is_no_op && !tmesh_choice_is_text(type, "create_batches")) {
        return refuse(&self, "/type", "it is neither no_batches nor create_batches", "");
    }
    uint16_t *worker = tmesh_arena_alloc(arena, sizeof *worker);
    tmesh_err_t err = find_worker(&self, outcome, worker);
    if (err) return err;
    if (is_no_op) {
        read_no_batches(&self, choice);
    } else {
        err = read_cursors(&self, *worker, outcome, choice);
        if (!err) err = check_count(&self, outcome, choice);
    }
    choice->steps = worker;
    choice->count = 1;
    return err;
}
