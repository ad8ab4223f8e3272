#include "tests/simulation/support/reports.h"

#include <assert.h>
#include <stdio.h>

#include "tests/simulation/support/player.h"

tmesh_fence_t tmesh_reports_fence(tmesh_sim_t *sim, tmesh_task_id_t id, uint16_t number)
{
    tmesh_step_row_t row = tmesh_sim_step(sim, id, number);
    return (tmesh_fence_t){.step_id = row.id, .run = row.run, .token = row.token};
}

static uint64_t expect_answer(tmesh_stage_t *stage)
{
    assert(stage->heard_count < TMESH_HEARD_MAX);
    stage->heard[stage->heard_count] = (tmesh_heard_t){.err = TMESH_ERR_TIMEOUT};
    return stage->heard_count++;
}

static tmesh_heard_t *hear(void *player, uint64_t tag, tmesh_err_t err, const tmesh_fault_t *fault)
{
    tmesh_heard_t *heard = &tmesh_player_stage(player)->heard[tag];
    heard->err = err;
    snprintf(heard->code, sizeof heard->code, "%s", fault ? fault->code : "");
    return heard;
}

static void on_result(void *player, const tmesh_process_step_result_answer_t *answer)
{
    tmesh_heard_t *heard = hear(player, answer->tag, answer->err, answer->fault);
    heard->state = answer->reply->state;
    heard->repeated = answer->reply->repeated;
    tmesh_player_end_run(tmesh_player_stage(player), &answer->request->fence);
}

void tmesh_reports_say(tmesh_sim_t *sim, const tmesh_process_step_result_request_t *report)
{
    tmesh_stage_t *stage = tmesh_sim_stage(sim);
    bool is_result = report->kind == TMESH_RESULT_SUCCESS || report->kind == TMESH_RESULT_FAILURE;
    if (is_result) tmesh_player_free_credit(stage, &report->fence);
    tmesh_process_step_result_request_t said = *report;
    said.arena = tmesh_arena_new();
    said.result = tmesh_arena_bytes(said.arena, report->result);
    said.error_code = tmesh_arena_text(said.arena, report->error_code);
    said.error_message = tmesh_arena_text(said.arena, report->error_message);
    said.worker = tmesh_arena_text(said.arena, report->worker ? report->worker : "player");
    tmesh_err_t err = tmesh_ask_process_step_result(tmesh_player_context(stage), &said, on_result,
                                                    expect_answer(stage));
    assert(!err);
}

static void on_sent(void *player, const tmesh_note_steps_sent_answer_t *answer)
{
    (void)hear(player, answer->tag, answer->err, answer->fault);
}

static void say_sent(tmesh_sim_t *sim, tmesh_fence_t fence, bool adopted, bool extends)
{
    tmesh_stage_t *stage = tmesh_sim_stage(sim);
    tmesh_note_steps_sent_request_t note = {
        .arena = tmesh_arena_new(),
        .fence = fence,
        .sent_at_ms = tmesh_clock_now_ms(tmesh_sim_clock(sim)),
        .adopted = adopted,
        .extends = extends,
    };
    note.worker = tmesh_arena_text(note.arena, "player");
    tmesh_err_t err = tmesh_ask_note_steps_sent(tmesh_player_context(stage), &note, on_sent,
                                                expect_answer(stage));
    assert(!err);
}

void tmesh_reports_say_sent(tmesh_sim_t *sim, tmesh_fence_t fence, bool adopted)
{
    say_sent(sim, fence, adopted, false);
}

void tmesh_reports_say_extends(tmesh_sim_t *sim, tmesh_fence_t fence, bool adopted)
{
    say_sent(sim, fence, adopted, true);
}

static void on_saved(void *player, const tmesh_save_checkpoint_answer_t *answer)
{
    (void)hear(player, answer->tag, answer->err, answer->fault);
}

void tmesh_reports_say_checkpoint(tmesh_sim_t *sim, tmesh_fence_t fence, const char *cursor)
{
    tmesh_stage_t *stage = tmesh_sim_stage(sim);
    tmesh_save_checkpoint_request_t request = {.arena = tmesh_arena_new(), .fence = fence};
    request.cursor = tmesh_bytes_of_text(tmesh_arena_text(request.arena, cursor));
    request.accumulated =
        tmesh_bytes_of_text(tmesh_arena_printf(request.arena, "[%s]", cursor));
    request.worker = tmesh_arena_text(request.arena, "player");
    tmesh_err_t err = tmesh_ask_save_checkpoint(tmesh_player_context(stage), &request, on_saved,
                                                expect_answer(stage));
    assert(!err);
}

const char *tmesh_reports_last_checkpoint(tmesh_sim_t *sim)
{
    return tmesh_sim_stage(sim)->last_cursor;
}

const tmesh_heard_t *tmesh_reports_hear(tmesh_sim_t *sim)
{
    tmesh_stage_t *stage = tmesh_sim_stage(sim);
    tmesh_sim_settle(sim);
    for (size_t i = 0; i < stage->heard_count; i++) {
        assert(stage->heard[i].err != TMESH_ERR_TIMEOUT);
    }
    stage->heard_count = 0;
    return stage->heard;
}
