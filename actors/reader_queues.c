#include "actors/reader_queues.h"

#include "runtime/base/memory.h"
#include "services/wire/writer.h"

static void write_pause(tmesh_writer_t *writer, const tmesh_pause_row_t *row)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_text(writer, "namespace", row->namespace_name);
    tmesh_writer_text(writer, "callable", row->callable);
    tmesh_writer_integer(writer, "since_at", row->since_ms);
    tmesh_writer_text(writer, "by", row->by);
    tmesh_writer_text(writer, "reason", row->reason);
    tmesh_writer_close_object(writer);
}

tmesh_err_t tmesh_reader_queues_answer(tmesh_reader_t *reader, tmesh_query_queues_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_pause_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_pauses(reader, reply->arena, &rows, &count);
    if (err) return err;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_open_array(&writer, "paused");
    for (size_t i = 0; i < count; i++) write_pause(&writer, &rows[i]);
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    reply->encoded.body = tmesh_arena_text(reply->arena, tmesh_buffer_text(body));
    return TMESH_OK;
}
