// What a program reads out of a run, whichever way it came.
#include "services/domain/json_text.h"
#include "taskmesh/worker.h"

enum { DIGITS_MAX = 18 };

static tmesh_bytes_t member(tmesh_view_t object, const char *key)
{
    return tmesh_json_member(tmesh_bytes(object.data, object.size), key);
}

static tmesh_view_t view_of(tmesh_bytes_t bytes)
{
    return tmesh_view(bytes.data, bytes.size);
}

static int64_t count_of(tmesh_bytes_t digits)
{
    int64_t count = 0;
    for (size_t i = 0; i < digits.size && i < DIGITS_MAX; i++) {
        count = count * 10 + (digits.data[i] - '0');
    }
    return count;
}

int tmesh_worker_run_checkpoint(const tmesh_worker_run_t *run, tmesh_checkpoint_t *checkpoint)
{
    if (!run->checkpoint.data) return 0;
    tmesh_bytes_t accumulated = member(run->checkpoint, "accumulated_results");
    if (tmesh_json_kind(accumulated) == TMESH_JSON_NULL) accumulated = TMESH_BYTES_NONE;
    checkpoint->cursor = view_of(member(run->checkpoint, "cursor"));
    checkpoint->items_processed = count_of(member(run->checkpoint, "items_processed"));
    checkpoint->accumulated_results = view_of(accumulated);
    return 1;
}

int tmesh_worker_run_share(const tmesh_worker_run_t *run, tmesh_batch_share_t *share)
{
    tmesh_bytes_t is_no_op = member(run->initialization, "is_no_op");
    tmesh_bytes_t cursor = member(run->initialization, "cursor");
    tmesh_bytes_t batch_id = tmesh_json_member(cursor, "batch_id");
    if (!is_no_op.data || tmesh_json_kind(batch_id) != TMESH_JSON_STRING) return 0;
    share->batch_id = tmesh_view(batch_id.data + 1, batch_id.size - 2); // nothing in it has escapes
    share->start_cursor = view_of(tmesh_json_member(cursor, "start_cursor"));
    share->end_cursor = view_of(tmesh_json_member(cursor, "end_cursor"));
    share->batch_size = view_of(tmesh_json_member(cursor, "batch_size"));
    share->is_no_op = tmesh_bytes_equal_text(is_no_op, "true");
    return 1;
}
