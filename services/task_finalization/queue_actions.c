// Pausing a namespace, or a callable in it (SPEC 4.8).
#include "runtime/base/memory.h"
#include "services/task_finalization/task_finalization.h"

static tmesh_err_t act(tmesh_tools_t *tools, const tmesh_act_on_queue_request_t *request,
                       tmesh_act_on_queue_reply_t *reply)
{
    tmesh_pauses_t *pauses = tmesh_credit_pauses(tools->credit);
    if (!request->pause) {
        tmesh_err_t err = tmesh_store_remove_pause(tools->store, request->namespace_name,
                                                   request->callable, &reply->changed);
        if (err) return err;
        tmesh_pauses_remove(pauses, request->namespace_name, request->callable);
        tmesh_credit_note_backlog(tools->credit); // what waits there may be claimed
        tmesh_credit_note_news(tools->credit);
        return TMESH_OK;
    }
    tmesh_pause_row_t row = {
        .namespace_name = request->namespace_name,
        .callable = request->callable,
        .since_ms = tmesh_clock_now_ms(tools->clock),
        .by = request->by,
        .reason = request->reason,
    };
    tmesh_err_t err = tmesh_store_put_pause(tools->store, &row, &reply->changed);
    if (err) return err;
    tmesh_pauses_add(pauses, request->namespace_name, request->callable);
    tmesh_credit_note_news(tools->credit);
    return TMESH_OK;
}

tmesh_err_t tmesh_queue_actions_run(tmesh_tools_t *tools, tmesh_act_on_queue_batch_t *batch)
{
    for (size_t i = 0; i < batch->any.count; i++) {
        tmesh_err_t err = act(tools, tmesh_act_on_queue_request(batch, i),
                              tmesh_act_on_queue_reply(batch, i));
        if (err) return err;
    }
    return TMESH_OK;
}

tmesh_err_t tmesh_queue_actions_restore(tmesh_store_t *store, tmesh_credit_t *credit)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_pause_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_store_load_pauses(store, arena, &rows, &count);
    if (err) return err;
    tmesh_auto_free tmesh_pause_name_t *names = tmesh_alloc_array(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = (tmesh_pause_name_t){rows[i].namespace_name, rows[i].callable};
    }
    tmesh_pauses_replace(tmesh_credit_pauses(credit), names, count);
    return TMESH_OK;
}
