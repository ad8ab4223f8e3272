#include "services/task_finalization/operator_note.h"

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

static void add_member(tmesh_buffer_t *json, const char *key, const char *text)
{
    tmesh_buffer_printf(json, ",\"%s\":", key);
    tmesh_json_add_string(json, text ? text : "");
}

const char *tmesh_operator_note(tmesh_work_t *work, const char *reason, const char *by)
{
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    tmesh_buffer_add_text(json, "{\"reason\":");
    tmesh_json_add_string(json, reason ? reason : "");
    add_member(json, "by", by);
    tmesh_buffer_add_text(json, "}");
    return tmesh_arena_text(work->arena, tmesh_buffer_text(json));
}

tmesh_bytes_t tmesh_operator_note_of_result(tmesh_work_t *work, const char *reason, const char *by)
{
    tmesh_auto(tmesh_buffer) json = tmesh_buffer_new();
    tmesh_buffer_add_text(json, "{\"manually_completed\":true");
    add_member(json, "completed_by", by);
    add_member(json, "completion_reason", reason);
    tmesh_buffer_add_text(json, "}");
    return tmesh_arena_bytes(work->arena, tmesh_buffer_bytes(json));
}
