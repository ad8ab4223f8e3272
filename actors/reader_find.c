#include "actors/reader_find.h"

// Each by itself: ids have no order, and nothing depends on seeing all of them at one moment.
static tmesh_err_t find_named(tmesh_reader_t *reader, const tmesh_find_tasks_request_t *request,
                              tmesh_find_tasks_reply_t *reply, tmesh_found_task_t **found_p)
{
    tmesh_found_task_t *found =
        tmesh_arena_alloc(reply->arena, request->id_count * sizeof *found);
    for (size_t i = 0; i < request->id_count; i++) {
        tmesh_task_view_t view = {0};
        tmesh_err_t err =
            tmesh_reader_task(reader, request->task_ids[i], false, reply->arena, &view);
        if (err && err != TMESH_ERR_NOT_FOUND) return err;
        found[i] = (tmesh_found_task_t){request->task_ids[i], view.row.state};
    }
    reply->count = request->id_count;
    *found_p = found;
    return TMESH_OK;
}

// One more than is wanted tells whether there are others.
static tmesh_err_t find_fitting(tmesh_reader_t *reader, const tmesh_task_filter_t *filter,
                                tmesh_find_tasks_reply_t *reply, tmesh_found_task_t **found_p)
{
    tmesh_task_filter_t wider = *filter;
    wider.limit++;
    tmesh_task_view_t *views = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_tasks(reader, &wider, reply->arena, &views, &count);
    if (err) return err;
    reply->more = count > filter->limit;
    reply->count = reply->more ? filter->limit : count;
    tmesh_found_task_t *found =
        tmesh_arena_alloc(reply->arena, (reply->count + 1) * sizeof *found);
    for (size_t i = 0; i < reply->count; i++) {
        found[i] = (tmesh_found_task_t){views[i].row.id, views[i].row.state};
    }
    *found_p = found;
    return TMESH_OK;
}

tmesh_err_t tmesh_reader_find_answer(tmesh_reader_t *reader,
                                     const tmesh_find_tasks_request_t *request,
                                     tmesh_find_tasks_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_found_task_t *found = NULL;
    tmesh_err_t err = request->id_count > 0
                          ? find_named(reader, request, reply, &found)
                          : find_fitting(reader, &request->filter, reply, &found);
    reply->tasks = found;
    return err;
}
