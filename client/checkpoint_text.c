#include "client/checkpoint_text.h"

#include "services/domain/json_text.h"
#include "services/wire/writer.h"

static tmesh_err_t check_member(tmesh_view_t json, const char *where, tmesh_fault_t **fault_p)
{
    tmesh_json_limits_t limits = tmesh_json_limits_result;
    limits.bytes_max = SIZE_MAX; // an option of the server's
    if (!json.data) return TMESH_OK;
    return tmesh_json_check(tmesh_bytes(json.data, json.size), &limits, where, fault_p);
}

static void write_member(tmesh_writer_t *writer, const char *key, tmesh_view_t json)
{
    if (json.data) tmesh_writer_json(writer, key, tmesh_bytes(json.data, json.size));
}

tmesh_err_t tmesh_checkpoint_text_write(const tmesh_checkpoint_t *checkpoint, tmesh_buffer_t *out,
                                        tmesh_fault_t **fault_p)
{
    tmesh_err_t err = check_member(checkpoint->cursor, "/checkpoint/cursor", fault_p);
    if (!err) {
        err = check_member(checkpoint->accumulated_results, "/checkpoint/accumulated_results",
                           fault_p);
    }
    if (err) return err;
    tmesh_writer_t writer = tmesh_writer(out);
    tmesh_writer_open_object(&writer, NULL);
    write_member(&writer, "cursor", checkpoint->cursor);
    tmesh_writer_integer(&writer, "items_processed", checkpoint->items_processed);
    write_member(&writer, "accumulated_results", checkpoint->accumulated_results);
    tmesh_writer_close_object(&writer);
    return TMESH_OK;
}
