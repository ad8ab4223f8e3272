#include "actors/event_view.h"

void tmesh_event_view_write(tmesh_writer_t *writer, const tmesh_transition_row_t *row,
                            const char *step_name)
{
    tmesh_writer_integer(writer, "number", row->number);
    if (row->step_number > 0) {
        tmesh_step_id_t id = tmesh_step_id_of(row->task_id, row->step_number);
        tmesh_writer_uuid(writer, "step_uuid", id.bytes);
        tmesh_writer_text(writer, "step", step_name);
    }
    tmesh_writer_text(writer, "from", row->from);
    tmesh_writer_text(writer, "to", row->to);
    tmesh_writer_text(writer, "event", row->event);
    tmesh_writer_integer(writer, "at", row->at_ms);
    if (row->run > 0) tmesh_writer_integer(writer, "run", row->run);
    if (row->node) tmesh_writer_text(writer, "node", row->node);
    if (row->worker) tmesh_writer_text(writer, "worker", row->worker);
    if (row->metadata) {
        tmesh_writer_json(writer, "metadata", tmesh_bytes_of_text(row->metadata));
    }
}
