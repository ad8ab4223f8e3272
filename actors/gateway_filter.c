#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"

enum { NAME_CHARS_MAX = 255 };
static const int64_t time_ms_max = 253402300799000; // the end of the year 9999

static const char *const fields[] = {
    "namespace",        "name",              "version", "status", "correlation_id",
    "created_after_at", "created_before_at", "after",
};

static const char *read_name(tmesh_body_t *body, const char *key)
{
    return tmesh_body_text(body, key, TMESH_BODY_OPTIONAL, 1, NAME_CHARS_MAX);
}

static tmesh_task_state_t read_status(tmesh_body_t *body)
{
    const char *word = read_name(body, "status");
    if (!word) return TMESH_TASK_NONE;
    tmesh_task_state_t state = tmesh_task_state_parse(word);
    if (state == TMESH_TASK_NONE) {
        tmesh_body_object_to(body, "status", "unknown_value", "no task has such a status");
    }
    return state;
}

void tmesh_gateway_read_filter(tmesh_body_t *body, tmesh_task_filter_t *filter)
{
    *filter = (tmesh_task_filter_t){
        .namespace_name = read_name(body, "namespace"),
        .name = read_name(body, "name"),
        .version = read_name(body, "version"),
        .correlation_id = read_name(body, "correlation_id"),
        .state = read_status(body),
        .created_after_ms = tmesh_body_integer(body, "created_after_at", 0, time_ms_max, 0),
        .created_before_ms = tmesh_body_integer(body, "created_before_at", 1, time_ms_max, 0),
    };
    filter->has_before =
        tmesh_body_uuid(body, "after", TMESH_BODY_OPTIONAL, filter->before.bytes);
}

// A cursor is a place in a list, and leaves nothing out for what it is.
static bool leaves_something_out(const tmesh_task_filter_t *filter)
{
    return filter->namespace_name || filter->name || filter->version || filter->correlation_id ||
           filter->state || filter->created_after_ms || filter->created_before_ms;
}

void tmesh_gateway_read_strict_filter(tmesh_body_t *body, tmesh_task_filter_t *filter)
{
    tmesh_body_t object;
    bool is_all = tmesh_body_bool(body, "all", false);
    if (!tmesh_body_object(body, "filter", TMESH_BODY_NEEDED, &object)) return;
    tmesh_body_only(&object, fields, TMESH_COUNT_OF(fields));
    tmesh_gateway_read_filter(&object, filter);
    if (is_all || leaves_something_out(filter)) return;
    tmesh_body_object_to(body, "filter", "empty_filter",
                         "this is every task; if you mean that, say \"all\": true");
}
