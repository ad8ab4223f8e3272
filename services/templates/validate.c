#include "services/templates/validate.h"

#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/templates/report.h"
#include "services/templates/step_fields.h"

typedef struct {
    const tmesh_step_graph_t *graph;
    const tmesh_fields_t *fields;
    tmesh_map_t *index; // from names to steps
} validator_t;

static void validate_decision(const validator_t *self, uint16_t i)
{
    const tmesh_step_definition_t *step = &self->graph->steps[i];
    if (step->parent_count > 0) return;
    tmesh_template_refuse(self->fields->report, "DECISION_WITHOUT_DEPENDENCIES",
                          self->graph->sources[i], NULL,
                          "decision \"%s\" has nothing to decide by: it depends on no step",
                          step->name);
}

// `name` is where a worker template is named.
static void validate_worker_name(const validator_t *self, uint16_t i, const tmesh_value_t *name)
{
    const char *step_name = self->graph->steps[i].name;
    if (name->kind != TMESH_VALUE_STRING) return; // another program's field may hold anything
    int size = name->text.size < 100 ? (int)name->text.size : 100;
    const tmesh_step_definition_t *worker =
        tmesh_map_get(self->index, name->text.data, name->text.size);
    if (!worker) {
        tmesh_template_refuse(self->fields->report, "WORKER_TEMPLATE_MISSING", name, NULL,
                              "step \"%s\" names the worker template \"%.*s\", which is no step",
                              step_name, size, name->text.data);
    } else if (worker->type != TMESH_STEP_TYPE_BATCH_WORKER) {
        tmesh_template_refuse(self->fields->report, "WORKER_TEMPLATE_TYPE", name, NULL,
                              "step \"%s\" names the worker template \"%s\", which is of type %s",
                              step_name, worker->name, tmesh_step_type_word(worker->type));
    }
}

static bool has_worker_child(const tmesh_step_graph_t *graph, const tmesh_step_definition_t *step)
{
    for (uint16_t i = 0; i < step->child_count; i++) {
        if (graph->steps[step->children[i]].type == TMESH_STEP_TYPE_BATCH_WORKER) return true;
    }
    return false;
}

// A batchable names its worker template for its handler, or has the worker depend on it.
static void validate_batchable(const validator_t *self, uint16_t i)
{
    const tmesh_value_t *source = self->graph->sources[i];
    const tmesh_value_t *initialization =
        tmesh_value_get(tmesh_value_get(source, "handler"), "initialization");
    const tmesh_value_t *name = tmesh_value_get(initialization, "worker_template_name");
    if (name) {
        validate_worker_name(self, i, name);
        return;
    }
    const tmesh_step_definition_t *step = &self->graph->steps[i];
    bool is_configured = step->batch_config && step->batch_config->worker_template;
    if (is_configured || has_worker_child(self->graph, step)) return;
    tmesh_template_refuse(self->fields->report, "WORKER_TEMPLATE_MISSING", source, NULL,
                          "batchable \"%s\" has no batch_worker: none is named by "
                          "worker_template_name and none depends on it",
                          step->name);
}

// Its workers belong to one batch, and how many may run or fail is for the template to say.
static void validate_batch_worker(const validator_t *self, uint16_t i)
{
    const tmesh_step_definition_t *step = &self->graph->steps[i];
    const tmesh_value_t *source = self->graph->sources[i];
    uint16_t batchables = 0;
    for (uint16_t j = 0; j < step->parent_count; j++) {
        tmesh_step_type_t type = self->graph->steps[step->parents[j]].type;
        if (type == TMESH_STEP_TYPE_BATCHABLE) batchables++;
    }
    if (batchables != 1) {
        tmesh_template_refuse(self->fields->report, "BATCH_WORKER_WITHOUT_BATCHABLE", source, NULL,
                              "batch_worker \"%s\" depends on %u batchable steps instead of one",
                              step->name, batchables);
    }
    if (step->batch_config) return;
    tmesh_template_refuse(self->fields->report, "BATCH_CONFIG_MISSING", source, NULL,
                          "batch_worker \"%s\" has no batch_config", step->name);
}

static void validate_step(const validator_t *self, uint16_t i, bool is_behind_branching)
{
    const tmesh_step_definition_t *step = &self->graph->steps[i];
    const tmesh_value_t *source = self->graph->sources[i];
    if (step->batch_config && step->batch_config->worker_template) {
        validate_worker_name(self, i, tmesh_value_get(tmesh_value_get(source, "batch_config"),
                                                      "worker_template"));
    }
    if (step->type == TMESH_STEP_TYPE_DECISION) validate_decision(self, i);
    if (step->type == TMESH_STEP_TYPE_BATCHABLE) validate_batchable(self, i);
    if (step->type == TMESH_STEP_TYPE_BATCH_WORKER) validate_batch_worker(self, i);
    if (step->type == TMESH_STEP_TYPE_DEFERRED_CONVERGENCE && !is_behind_branching) {
        tmesh_template_refuse(self->fields->report, "CONVERGENCE_BEHIND_NOTHING", source, NULL,
                              "convergence \"%s\" has no decision and no batch above it",
                              step->name);
    }
}

// Steps that only come to be, or only get their edges, once others have ended.
static bool is_made_later(tmesh_step_type_t type)
{
    return type == TMESH_STEP_TYPE_BATCH_WORKER || type == TMESH_STEP_TYPE_DEFERRED_CONVERGENCE;
}

static bool is_branching(tmesh_step_type_t type)
{
    return type == TMESH_STEP_TYPE_DECISION || type == TMESH_STEP_TYPE_BATCHABLE ||
           type == TMESH_STEP_TYPE_BATCH_WORKER;
}

void tmesh_validate_steps(const tmesh_step_graph_t *graph, const uint16_t *order,
                          const tmesh_fields_t *fields)
{
    tmesh_auto(tmesh_map) index = tmesh_map_new();
    for (uint16_t i = 0; i < graph->count; i++) {
        const char *name = graph->steps[i].name;
        if (name) tmesh_map_put(index, name, strlen(name), &graph->steps[i]);
    }
    validator_t self = {.graph = graph, .fields = fields, .index = index};
    tmesh_auto_free bool *behind_branching = tmesh_alloc_array(graph->count, sizeof(bool));
    for (uint16_t i = 0; i < graph->count; i++) {
        tmesh_step_definition_t *step = &graph->steps[order[i]];
        step->exists_at_start = !is_made_later(step->type);
        for (uint16_t j = 0; j < step->parent_count; j++) {
            const tmesh_step_definition_t *parent = &graph->steps[step->parents[j]];
            bool waits = parent->type == TMESH_STEP_TYPE_DECISION || !parent->exists_at_start;
            if (waits) step->exists_at_start = false;
            behind_branching[order[i]] |=
                is_branching(parent->type) || behind_branching[step->parents[j]];
        }
        validate_step(&self, order[i], behind_branching[order[i]]);
    }
}
