#include "actors/reader_templates.h"

#include "actors/reader_views.h"
#include "runtime/base/memory.h"
#include "services/domain/hash.h"
#include "services/moves/versions.h"

static void write_definition(tmesh_writer_t *writer, const tmesh_definition_row_t *row)
{
    tmesh_hash_text_t hash;
    tmesh_hash_format(row->hash, hash);
    tmesh_writer_text(writer, "namespace", row->namespace_name);
    tmesh_writer_text(writer, "name", row->name);
    tmesh_writer_text(writer, "version", row->version);
    tmesh_writer_text(writer, "hash", hash);
    tmesh_writer_integer(writer, "steps", row->step_count);
    tmesh_writer_integer(writer, "created_at", row->created_ms);
    tmesh_writer_text(writer, "description", row->description);
}

tmesh_err_t tmesh_reader_templates_answer(tmesh_reader_t *reader,
                                          const tmesh_query_templates_request_t *request,
                                          tmesh_query_templates_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_definition_row_t *rows = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_definitions(reader, request->namespace_name,
                                               request->name, reply->arena, &rows, &count);
    if (err) return err;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_view_t view = tmesh_view_begin(reply->arena, body);
    tmesh_writer_open_object(&view.writer, NULL);
    tmesh_definition_row_t full;
    if (request->name) {
        const tmesh_definition_row_t *row = tmesh_versions_choose(rows, count, request->version);
        if (!row) return TMESH_ERR_NOT_FOUND;
        err = tmesh_reader_definition(reader, row->id, reply->arena, &full);
        if (err) return err;
        write_definition(&view.writer, row);
        tmesh_writer_frame(&view.writer, "definition", 0);
        view.frames = &full.json;
        view.frame_count = 1;
    } else {
        tmesh_writer_open_array(&view.writer, "templates");
        for (size_t i = 0; i < count; i++) {
            tmesh_writer_open_object(&view.writer, NULL);
            write_definition(&view.writer, &rows[i]);
            tmesh_writer_close_object(&view.writer);
        }
        tmesh_writer_close_array(&view.writer);
    }
    tmesh_writer_close_object(&view.writer);
    reply->encoded = tmesh_view_end(&view);
    if (reply->encoded.frame_count > 0) {
        reply->encoded.frames = tmesh_arena_copy(reply->arena, &full.json, sizeof full.json);
    }
    return TMESH_OK;
}
