#include "tests/simulation/support/batch_play.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "tests/simulation/support/player.h"

const char *tmesh_batch_play_answer(void *self, const char *step)
{
    tmesh_batch_play_t *play = self;
    if (strcmp(step, "analyze") != 0) return NULL;
    if (play->batches == 0) return "{\"batch_processing_outcome\": {\"type\": \"no_batches\"}}";
    int size = snprintf(play->result, sizeof play->result,
                        "{\"batch_processing_outcome\": {\"type\": \"create_batches\","
                        "\"worker_template_name\": \"work\", \"worker_count\": %d,"
                        "\"cursor_configs\": [",
                        play->batches);
    for (int i = 1; i <= play->batches; i++) {
        size += snprintf(play->result + size, sizeof play->result - (size_t)size,
                         "%s{\"batch_id\": \"%03d\", \"start_cursor\": %d, \"end_cursor\": %d,"
                         " \"batch_size\": 10}",
                         i > 1 ? "," : "", i, (i - 1) * 10, i * 10);
    }
    snprintf(play->result + size, sizeof play->result - (size_t)size, "]}}");
    return play->result;
}

static int number_of(const char *step_name)
{
    int number = 0;
    return sscanf(step_name, "work_%d", &number) == 1 ? number : -1;
}

static bool is_among(unsigned bits, int number)
{
    return number > 0 && number < 32 && (bits >> number & 1);
}

tmesh_sim_deed_t tmesh_batch_play_run(void *self, const tmesh_parcel_t *parcel,
                                      tmesh_random_t *random)
{
    const tmesh_batch_play_t *play = self;
    int number = number_of(parcel->step_name);
    if (number < 0) {
        bool fails = play->sum_fails && strcmp(parcel->step_name, "sum") == 0;
        return fails ? TMESH_SIM_FAIL : TMESH_SIM_SUCCEED;
    }
    if (is_among(play->fails, number)) return TMESH_SIM_FAIL;
    if (is_among(play->kept, number)) return TMESH_SIM_KEEP;
    if (is_among(play->stalls, number)) return TMESH_SIM_STAY_SILENT;
    if (tmesh_random_below(random, 100) >= play->chance) return TMESH_SIM_SUCCEED;
    static const tmesh_sim_deed_t deeds[] = {TMESH_SIM_FAIL_RETRYABLE, TMESH_SIM_FAIL,
                                             TMESH_SIM_LOSE_WORKER, TMESH_SIM_STAY_SILENT};
    return deeds[tmesh_random_below(random, TMESH_COUNT_OF(deeds))];
}

uint32_t tmesh_batch_play_holding(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_step_view_t *views = NULL;
    size_t count = 0;
    tmesh_err_t err = tmesh_reader_steps(tmesh_sim_reader(sim), id, arena, &views, &count);
    assert(!err);
    uint32_t holding = 0;
    for (size_t i = 0; i < count; i++) {
        const tmesh_step_row_t *row = &views[i].row;
        holding += row->batch_of && (tmesh_step_state_is_in_flight(row->state) ||
                                     row->state == TMESH_STEP_WAITING_FOR_RETRY);
    }
    return holding;
}

uint32_t tmesh_batch_play_running(tmesh_sim_t *sim, tmesh_task_id_t id)
{
    uint32_t running = 0;
    for (const tmesh_played_run_t *run = tmesh_sim_stage(sim)->runs; run; run = run->next) {
        tmesh_task_id_t of = tmesh_task_id_of_step(run->fence.step_id);
        running += number_of(run->step_name) >= 0 && tmesh_task_id_compare(of, id) == 0;
    }
    return running;
}
