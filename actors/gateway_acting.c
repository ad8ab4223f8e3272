// TASK.CANCEL, TASK.RESOLVE, TASK.PAUSE and TASK.RESUME: what people do to tasks, one or many
// (SPEC 4.8, 6.4, 6.5).
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum { NAME_CHARS_MAX = 255, REASON_CHARS_MAX = 500, LIMIT_DEFAULT = 100 };

static const char *const actions[] = {
    [TMESH_TASK_ACTION_GIVE_UP] = "give_up",
    [TMESH_TASK_ACTION_RESOLVE] = "resolve",
    [TMESH_TASK_ACTION_RESET] = "reset",
    [TMESH_TASK_ACTION_RETRY] = "retry",
};

size_t tmesh_gateway_read_action(tmesh_body_t *body, const char *const *words, size_t count)
{
    if (!tmesh_body_has(body, "action")) {
        tmesh_body_object_to(body, "action", "missing_field", "\"action\" is needed");
        return 0;
    }
    return tmesh_body_word(body, "action", words, count, 0);
}

const char *tmesh_gateway_read_reason(tmesh_body_t *body)
{
    return tmesh_body_text(body, "reason", TMESH_BODY_OPTIONAL, 0, REASON_CHARS_MAX);
}

const char *tmesh_gateway_read_by(tmesh_body_t *body)
{
    return tmesh_body_text(body, "by", TMESH_BODY_OPTIONAL, 0, NAME_CHARS_MAX);
}

static void read_ids(tmesh_body_t *body, tmesh_gateway_deed_t *deed)
{
    tmesh_items_t items;
    tmesh_body_items(body, "task_uuids", TMESH_BODY_NEEDED, 1, TMESH_GATEWAY_BULK_MAX, &items);
    tmesh_task_id_t *ids = tmesh_arena_alloc(body->arena, (items.count + 1) * sizeof *ids);
    const char *word = NULL;
    while (tmesh_items_next_text(&items, 0, NAME_CHARS_MAX, &word)) {
        if (!tmesh_uuid_parse(word, ids[deed->id_count++].bytes)) {
            const char *key = tmesh_arena_printf(body->arena, "task_uuids/%zu", items.index - 1);
            tmesh_body_object_to(body, key, "not_a_uuid", "it must be a UUID");
        }
    }
    deed->ids = ids;
}

static void read_single(tmesh_body_t *body, tmesh_gateway_deed_t *deed)
{
    tmesh_task_id_t *id = tmesh_arena_alloc(body->arena, sizeof *id);
    (void)tmesh_body_uuid(body, "task_uuid", TMESH_BODY_NEEDED, id->bytes);
    deed->is_single = true;
    deed->ids = id;
    deed->id_count = 1;
    if (deed->dry_run) { // not to be overlooked
        tmesh_body_object_to(body, "dry_run", "contradiction",
                             "a dry run takes \"task_uuids\" or a \"filter\"");
    }
}

// The tasks are named by one of three fields.
static void read_targets(tmesh_body_t *body, tmesh_gateway_deed_t *deed)
{
    bool has_ids = tmesh_body_has(body, "task_uuids");
    bool has_filter = tmesh_body_has(body, "filter");
    if ((has_ids || has_filter) && tmesh_body_has(body, "task_uuid")) {
        tmesh_body_object_to(body, "task_uuid", "contradiction",
                             "it is one task, or those of \"task_uuids\" or \"filter\"");
    } else if (has_ids && has_filter) {
        tmesh_body_object_to(body, "filter", "contradiction",
                             "the tasks are named by \"task_uuids\" or by a \"filter\"");
    }
    deed->dry_run = tmesh_body_bool(body, "dry_run", false);
    if (has_filter) {
        tmesh_gateway_read_strict_filter(body, &deed->filter);
        deed->filter.limit = (uint32_t)tmesh_body_integer(body, "limit", 1, TMESH_GATEWAY_BULK_MAX,
                                                          LIMIT_DEFAULT);
    } else if (has_ids) {
        read_ids(body, deed);
    } else {
        read_single(body, deed);
    }
}

static void act(tmesh_gateway_t *self, tmesh_gateway_command_t *command, tmesh_gateway_deed_t deed)
{
    tmesh_body_t *body = &command->body;
    deed.reason = tmesh_gateway_read_reason(body);
    deed.by = tmesh_gateway_read_by(body);
    read_targets(body, &deed);
    if (!command->fault) tmesh_gateway_do(self, command, &deed);
}

void tmesh_gateway_task_cancel(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    act(self, command, (tmesh_gateway_deed_t){.is_cancel = true});
}

void tmesh_gateway_task_resolve(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    size_t action = tmesh_gateway_read_action(&command->body, actions, TMESH_COUNT_OF(actions));
    act(self, command, (tmesh_gateway_deed_t){.action = (tmesh_task_action_t)action});
}

void tmesh_gateway_task_pause(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    act(self, command, (tmesh_gateway_deed_t){.action = TMESH_TASK_ACTION_PAUSE});
}

void tmesh_gateway_task_resume(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    act(self, command, (tmesh_gateway_deed_t){.action = TMESH_TASK_ACTION_RESUME});
}
