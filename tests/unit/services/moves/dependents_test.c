// A step became done: its children have one open parent less.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/moves/dependents.h"

enum { NOW_MS = 1000 };

// A task with step 1, whose children are steps 2 and 3 with so many open parents.
static tmesh_work_t *begin(uint32_t open_of_second, uint32_t open_of_third)
{
    tmesh_work_t *work = tmesh_work_new();
    work->now_ms = NOW_MS;
    tmesh_task_row_t task = {.state = TMESH_TASK_STEPS_IN_PROCESS, .steps_total = 3,
                             .due_ms = TMESH_DUE_NONE};
    task.id.bytes[0] = 1;
    tmesh_work_add_task(work, &task);
    for (uint16_t number = 1; number <= 3; number++) {
        tmesh_step_row_t row = {.id = tmesh_step_id_of(task.id, number),
                                .state = TMESH_STEP_PENDING,
                                .due_ms = TMESH_DUE_NONE};
        if (number == 2) row.parents_open = open_of_second;
        if (number == 3) row.parents_open = open_of_third;
        tmesh_work_add_step(work, &row);
    }
    uint32_t *children = tmesh_arena_alloc(work->arena, 2 * sizeof *children);
    children[0] = 1;
    children[1] = 2;
    work->steps[0]->children = children;
    work->steps[0]->child_count = 2;
    return work;
}

static void the_last_open_parent_makes_a_child_ready(void **state)
{
    (void)state;
    tmesh_auto(tmesh_work) work = begin(1, 2);
    tmesh_auto(tmesh_touched) touched = tmesh_touched_new();
    assert_int_equal(tmesh_moves_count_down(work, work->steps[0], touched), TMESH_OK);
    assert_int_equal(work->steps[1]->row.parents_open, 0);
    assert_int_equal(work->steps[2]->row.parents_open, 1);
    assert_int_equal(touched->count, 1);
    assert_int_equal(touched->tasks[0]->ready_count, 1);
    assert_ptr_equal(touched->tasks[0]->ready[0], work->steps[1]);
}

// A wrong counter in the store is the world's mistake: it must not end the process.
static void a_counter_that_is_wrong_is_an_error(void **state)
{
    (void)state;
    tmesh_auto(tmesh_work) work = begin(1, 0);
    tmesh_auto(tmesh_touched) touched = tmesh_touched_new();
    assert_int_equal(tmesh_moves_count_down(work, work->steps[0], touched), TMESH_ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_open_parent_makes_a_child_ready),
        cmocka_unit_test(a_counter_that_is_wrong_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
