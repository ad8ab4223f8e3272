#include "client/named_results.h"

tmesh_view_t tmesh_named_results_payload(tmesh_body_t *body, const char *key,
                                         tmesh_arena_t *arena)
{
    size_t index;
    if (!tmesh_body_frame_index(body, key, TMESH_BODY_OPTIONAL, &index)) return tmesh_view(NULL, 0);
    tmesh_bytes_t payload = tmesh_frames_share_payload(body->frames, index, arena);
    return tmesh_view(payload.data, payload.size);
}

size_t tmesh_named_results_read(tmesh_body_t *body, const char *key, tmesh_arena_t *arena,
                                const char *const **names_p, const tmesh_view_t **results_p)
{
    tmesh_body_t results;
    if (!tmesh_body_object(body, key, TMESH_BODY_OPTIONAL, &results)) return 0;
    size_t count = json_object_size(results.object);
    if (count > TMESH_FRAMES_PAYLOADS_MAX) return 0;
    const char **names = tmesh_arena_alloc(arena, (count + 1) * sizeof *names);
    tmesh_view_t *views = tmesh_arena_alloc(arena, (count + 1) * sizeof *views);
    size_t filled = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)results.object, name, value) {
        tmesh_view_t view = tmesh_named_results_payload(&results, name, arena);
        if (!view.data) continue;
        names[filled] = tmesh_arena_text(arena, name);
        views[filled++] = view;
    }
    *names_p = names;
    *results_p = views;
    return filled;
}
