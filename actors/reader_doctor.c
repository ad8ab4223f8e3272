#include "actors/reader_doctor.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/wire/writer.h"

static void write_problem(tmesh_writer_t *writer, const tmesh_problem_t *problem)
{
    tmesh_writer_open_object(writer, NULL);
    tmesh_writer_text(writer, "kind", tmesh_problem_word(problem->kind));
    tmesh_writer_text(writer, "message", tmesh_problem_sentence(problem->kind));
    if (tmesh_problem_is_of_task(problem->kind)) {
        tmesh_writer_uuid(writer, "task_uuid", problem->id);
        tmesh_writer_null(writer, "step_uuid");
    } else {
        tmesh_step_id_t step_id;
        memcpy(step_id.bytes, problem->id, sizeof step_id.bytes);
        tmesh_writer_uuid(writer, "task_uuid", tmesh_task_id_of_step(step_id).bytes);
        tmesh_writer_uuid(writer, "step_uuid", problem->id);
    }
    tmesh_writer_close_object(writer);
}

tmesh_err_t tmesh_reader_doctor_answer(const tmesh_reader_services_t *services,
                                       const tmesh_query_doctor_request_t *request,
                                       tmesh_query_doctor_reply_t *reply)
{
    reply->arena = tmesh_arena_new();
    tmesh_problem_t *problems = NULL;
    size_t count = 0;
    tmesh_err_t err =
        tmesh_reader_problems(services->reader, tmesh_clock_now_ms(services->clock),
                              request->limit, reply->arena, &problems, &count);
    if (err) return err;
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_integer(&writer, "count", (int64_t)count);
    tmesh_writer_open_array(&writer, "problems");
    for (size_t i = 0; i < count; i++) write_problem(&writer, &problems[i]);
    tmesh_writer_close_array(&writer);
    tmesh_writer_close_object(&writer);
    reply->encoded.body = tmesh_arena_text(reply->arena, tmesh_buffer_text(body));
    return TMESH_OK;
}

tmesh_err_t tmesh_reader_doctor_count(const tmesh_reader_services_t *services, size_t *count_p)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_problem_t *problems = NULL;
    return tmesh_reader_problems(services->reader, tmesh_clock_now_ms(services->clock),
                                 TMESH_DOCTOR_LIMIT, arena, &problems, count_p);
}
