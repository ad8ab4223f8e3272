#include "services/templates/schema.h"

#include <assert.h>

#include "runtime/base/memory.h"
#include "services/templates/schema_compiler.h"
#include "services/templates/schema_run.h"

struct tmesh_schema {
    tmesh_arena_t *arena; // owns everything below
    const tmesh_schema_node_t *root;
};

static void tell_fault(const tmesh_fault_t *fault, tmesh_schema_told_t *told, void *told_self)
{
    tmesh_schema_issue_t issue = {.is_error = true, .code = "BAD_SCHEMA"};
    issue.pointer = fault->where;
    issue.message = fault->message;
    told(told_self, &issue);
}

static const tmesh_schema_node_t *compile(const tmesh_schema_value_t *root, tmesh_arena_t *arena,
                                          tmesh_schema_told_t *told, void *told_self)
{
    tmesh_auto(tmesh_map) nodes = tmesh_map_new();
    tmesh_auto(tmesh_map) anchors = tmesh_map_new();
    tmesh_auto(tmesh_buffer) by_number = tmesh_buffer_new();
    tmesh_auto(tmesh_buffer) edges = tmesh_buffer_new();
    tmesh_auto(tmesh_buffer) references = tmesh_buffer_new();
    tmesh_schema_compiler_t compiler = {
        .arena = arena, .told = told, .told_self = told_self, .root = root,
        .nodes = nodes, .anchors = anchors, .by_number = by_number,
        .edges = edges, .references = references};
    return tmesh_schema_compiler_run(&compiler);
}

tmesh_err_t tmesh_schema_compile(tmesh_bytes_t json, tmesh_schema_told_t *told, void *told_self,
                                 tmesh_schema_t **schema_p)
{
    tmesh_schema_t *self = tmesh_alloc(sizeof *self);
    self->arena = tmesh_arena_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    const tmesh_schema_value_t *root = NULL;
    tmesh_err_t err = tmesh_schema_value_read(tmesh_arena_bytes(self->arena, json), self->arena,
                                              &root, &fault);
    if (err) {
        tell_fault(fault, told, told_self);
    } else {
        self->root = compile(root, self->arena, told, told_self);
    }
    if (!self->root) {
        tmesh_schema_destroy(&self);
        return TMESH_ERR_INVALID;
    }
    *schema_p = self;
    return TMESH_OK;
}

void tmesh_schema_destroy(tmesh_schema_t **self_p)
{
    if (!*self_p) return;
    tmesh_arena_destroy(&(*self_p)->arena);
    tmesh_free(*self_p);
    *self_p = NULL;
}

tmesh_schema_violations_t *tmesh_schema_violations_new(void)
{
    tmesh_schema_violations_t *self = tmesh_alloc(sizeof *self);
    self->items = tmesh_alloc_array(TMESH_SCHEMA_VIOLATIONS_MAX, sizeof *self->items);
    self->arena = tmesh_arena_new();
    return self;
}

void tmesh_schema_violations_destroy(tmesh_schema_violations_t **self_p)
{
    if (!*self_p) return;
    tmesh_free((*self_p)->items);
    tmesh_arena_destroy(&(*self_p)->arena);
    tmesh_free(*self_p);
    *self_p = NULL;
}

static void add_fault(tmesh_schema_violations_t *self, const tmesh_fault_t *fault)
{
    if (self->count == TMESH_SCHEMA_VIOLATIONS_MAX) {
        self->more++;
        return;
    }
    tmesh_schema_violation_t *item = &self->items[self->count++];
    item->code = tmesh_arena_text(self->arena, fault->code);
    item->pointer = tmesh_arena_text(self->arena, fault->where);
    item->keyword = "";
    item->schema_pointer = "";
    item->message = tmesh_arena_text(self->arena, fault->message);
}

bool tmesh_schema_validate(const tmesh_schema_t *self, tmesh_bytes_t instance_json,
                           tmesh_schema_violations_t *violations)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_auto(tmesh_fault) fault = NULL;
    const tmesh_schema_value_t *instance = NULL;
    if (tmesh_schema_value_read(instance_json, arena, &instance, &fault)) {
        add_fault(violations, fault);
        return false;
    }
    tmesh_schema_run_t run = {.violations = violations, .steps_left = TMESH_SCHEMA_STEPS_MAX};
    tmesh_schema_run_apply(&run, self->root, instance);
    assert(run.depth == 0);
    return !run.has_violations;
}
