#include "services/templates/environments.h"

#include <string.h>

#include "runtime/base/map.h"
#include "runtime/base/memory.h"
#include "services/templates/report.h"
#include "services/templates/retry_fields.h"
#include "services/templates/step_fields.h"
#include "services/templates/value_merge.h"

static const char every_step[] = "ALL";

// From names to steps; the first of equal names wins, since they are refused elsewhere.
static tmesh_map_t *index_steps(const tmesh_value_t *steps)
{
    tmesh_map_t *index = tmesh_map_new();
    for (uint32_t i = steps->count; i-- > 0;) {
        tmesh_member_t *member = &steps->members[i];
        const tmesh_value_t *name = tmesh_value_get(member->value, "name");
        if (!name || name->kind != TMESH_VALUE_STRING) continue;
        tmesh_map_put(index, name->text.data, name->text.size, member);
    }
    return index;
}

static void check_override(const tmesh_fields_t *fields, const tmesh_value_t *override,
                           const tmesh_map_t *index)
{
    static const char *const known[] = {"name", "handler", "timeout_seconds", "retry"};
    static const char *const known_of_handler[] = {"initialization"};
    if (!tmesh_fields_is_map(fields, override, "an override")) return;
    tmesh_fields_only(fields, override, known, TMESH_COUNT_OF(known));
    const char *name =
        tmesh_fields_required_text(fields, override, "name", TMESH_STEP_NAME_CHARS_MAX);
    if (name && strcmp(name, every_step) != 0 && !tmesh_map_get(index, name, strlen(name))) {
        tmesh_template_refuse(fields->report, "UNKNOWN_STEP", tmesh_value_get(override, "name"),
                              NULL, "there is no step \"%s\" to override", name);
    }
    const tmesh_value_t *handler = tmesh_fields_map(fields, override, "handler");
    if (handler) {
        tmesh_fields_only(fields, handler, known_of_handler, TMESH_COUNT_OF(known_of_handler));
        (void)tmesh_fields_map(fields, handler, "initialization");
    }
    int64_t seconds = 0;
    tmesh_fields_integer(fields, override, "timeout_seconds", 0, TMESH_STEP_TIMEOUT_MAX_SECONDS,
                         &seconds);
    tmesh_retry_policy_t policy = tmesh_retry_policy_default;
    tmesh_retry_fields_read(fields, tmesh_fields_map(fields, override, "retry"), &policy);
}

void tmesh_environments_check(const tmesh_fields_t *fields, const tmesh_value_t *template,
                              const tmesh_value_t *steps)
{
    static const char *const known[] = {"steps"};
    const tmesh_value_t *all = tmesh_fields_map(fields, template, "environments");
    if (!all) return;
    tmesh_auto(tmesh_map) index = index_steps(steps);
    for (uint32_t i = 0; i < all->count; i++) {
        const tmesh_value_t *environment = all->members[i].value;
        if (environment->kind == TMESH_VALUE_NULL) continue;
        if (!tmesh_fields_is_map(fields, environment, "an environment")) continue;
        tmesh_fields_only(fields, environment, known, TMESH_COUNT_OF(known));
        const tmesh_value_t *overrides = tmesh_fields_list(fields, environment, "steps");
        for (uint32_t j = 0; overrides && j < overrides->count; j++) {
            check_override(fields, overrides->members[j].value, index);
        }
    }
}

static const tmesh_value_t *override_retry(tmesh_value_merge_t *merge, const tmesh_value_t *step,
                                           const tmesh_value_t *override)
{
    const tmesh_value_t *retry = tmesh_value_get(override, "retry");
    if (!retry) return step;
    const tmesh_value_t *merged =
        tmesh_value_merge_present(merge, tmesh_value_get(step, "retry"), retry);
    return tmesh_value_merge_member(merge, step, tmesh_value_find_key(override, "retry"), merged);
}

static const tmesh_value_t *override_handler(tmesh_value_merge_t *merge, const tmesh_value_t *step,
                                             const tmesh_value_t *override)
{
    const tmesh_value_t *from = tmesh_value_get(override, "handler");
    const tmesh_value_t *initialization = tmesh_value_get(from, "initialization");
    const tmesh_value_t *handler = tmesh_value_get(step, "handler");
    // A step without a handler is refused when its own fields are read.
    if (!initialization || !handler || handler->kind != TMESH_VALUE_MAP) return step;
    const tmesh_value_t *merged = tmesh_value_merge_deep(
        merge, tmesh_value_get(handler, "initialization"), initialization);
    handler = tmesh_value_merge_member(merge, handler,
                                       tmesh_value_find_key(from, "initialization"), merged);
    return tmesh_value_merge_member(merge, step, tmesh_value_find_key(step, "handler"), handler);
}

static void apply_to(tmesh_value_merge_t *merge, tmesh_value_t *steps, uint32_t i,
                     const tmesh_value_t *override)
{
    const tmesh_value_t *step = steps->members[i].value;
    if (step->kind != TMESH_VALUE_MAP) return;
    const tmesh_value_t *timeout = tmesh_value_get(override, "timeout_seconds");
    if (timeout) {
        const tmesh_value_t *key = tmesh_value_find_key(override, "timeout_seconds");
        step = tmesh_value_merge_member(merge, step, key, timeout);
    }
    step = override_retry(merge, step, override);
    tmesh_value_replace(steps, i, override_handler(merge, step, override));
}

static void apply(tmesh_value_merge_t *merge, tmesh_value_t *steps, const tmesh_value_t *original,
                  const tmesh_value_t *overrides)
{
    tmesh_auto(tmesh_map) index = index_steps(original);
    for (uint32_t i = 0; i < overrides->count; i++) {
        const tmesh_value_t *override = overrides->members[i].value;
        tmesh_bytes_t name = tmesh_value_get(override, "name")->text;
        if (!tmesh_bytes_equal_text(name, every_step)) {
            const tmesh_member_t *member = tmesh_map_get(index, name.data, name.size);
            apply_to(merge, steps, (uint32_t)(member - original->members), override);
            continue;
        }
        for (uint32_t j = 0; j < steps->count && !merge->is_exhausted; j++) {
            apply_to(merge, steps, j, override);
        }
    }
}

const tmesh_value_t *tmesh_environments_apply(const tmesh_fields_t *fields, tmesh_arena_t *arena,
                                              const tmesh_value_t *template,
                                              const tmesh_value_t *steps, const char *environment)
{
    if (!environment) return steps;
    const tmesh_value_t *chosen =
        tmesh_value_get(tmesh_value_get(template, "environments"), environment);
    const tmesh_value_t *overrides = tmesh_value_get(chosen, "steps");
    if (!overrides) return steps;
    tmesh_value_merge_t merge = {.arena = arena, .budget = TMESH_VALUE_MERGE_BUDGET};
    tmesh_value_t *resolved = tmesh_value_merge_copy(&merge, steps);
    apply(&merge, resolved, steps, overrides);
    bool is_small = !merge.is_exhausted && resolved->nodes <= TMESH_VALUE_NODES_MAX &&
                    resolved->bytes <= TMESH_VALUE_BYTES_MAX;
    if (is_small) return resolved;
    tmesh_template_refuse(fields->report, "TOO_LARGE", overrides, NULL,
                          "with these overrides the steps have more than %d values or %d bytes",
                          TMESH_VALUE_NODES_MAX, TMESH_VALUE_BYTES_MAX);
    return NULL;
}
