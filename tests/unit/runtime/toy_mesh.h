// tests/unit/runtime/toy_mesh.h - a registry with the two toy actors in it, as a cmocka fixture.
// Included once, by the test itself.
#ifndef TMESH_TESTS_UNIT_RUNTIME_TOY_MESH_H
#define TMESH_TESTS_UNIT_RUNTIME_TOY_MESH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "runtime/registry.h"
#include "tests/unit/runtime/toy_actors.h"

enum { TOY_WORKER, TOY_ASKER, TOY_ACTORS, TOY_PATIENCE_MS = TOY_PATIENCE_S * 1000 };

typedef struct {
    tmesh_clock_t *clock;
    toy_bench_t bench;
    toy_ledger_t ledger;
    tmesh_registry_t *registry;
    tmesh_context_t *foreign; // the registry's, for threads outside the mesh
} toy_mesh_t;

[[maybe_unused]] static toy_mesh_t *toy_mesh_new(tmesh_registry_config_t config)
{
    toy_mesh_t *self = tmesh_alloc(sizeof *self);
    self->clock = config.clock ? config.clock : tmesh_clock_new_system();
    config.clock = self->clock;
    toy_bench_init(&self->bench);
    toy_ledger_init(&self->ledger);
    assert_int_equal(tmesh_registry_open(&self->registry, &config), TMESH_OK);
    tmesh_registry_add(self->registry, &tmesh_toy_worker_class, &self->bench);
    tmesh_registry_add(self->registry, &tmesh_toy_asker_class, &self->ledger);
    tmesh_auto(tmesh_fault) fault = NULL;
    assert_int_equal(tmesh_registry_start(self->registry, &fault), TMESH_OK);
    self->foreign = tmesh_registry_context(self->registry);
    return self;
}

[[maybe_unused]] static void toy_mesh_destroy(toy_mesh_t **self_p)
{
    toy_mesh_t *self = *self_p;
    tmesh_registry_destroy(&self->registry);
    assert_int_equal(self->bench.living, 0);
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    *self_p = NULL;
}

[[maybe_unused]] static int toy_mesh_teardown(void **state)
{
    toy_mesh_t *self = *state;
    toy_mesh_destroy(&self);
    return 0;
}

// Calls the worker, checks the reply of an answer without error.
[[maybe_unused]] static tmesh_err_t toy_call(toy_mesh_t *self, int64_t number, toy_deed_t deed,
                                             int64_t timeout_ms)
{
    tmesh_toy_double_request_t request = {
        .arena = tmesh_arena_new(), .number = number, .deed = deed};
    request.label = tmesh_arena_text(request.arena, "called");
    tmesh_toy_double_reply_t reply = {0};
    tmesh_err_t err = tmesh_call_toy_double(self->foreign, &request, &reply, NULL, timeout_ms);
    if (!err) {
        assert_int_equal(reply.doubled, 2 * number);
        assert_string_equal(reply.text, "called");
        assert_null(request.arena);
    }
    tmesh_arena_destroy(&request.arena);
    tmesh_arena_destroy(&reply.arena);
    return err;
}

[[maybe_unused]] static tmesh_err_t toy_tell(toy_mesh_t *self, toy_deed_t deed)
{
    tmesh_toy_double_request_t request = {.arena = tmesh_arena_new(), .number = 1, .deed = deed};
    tmesh_err_t err = tmesh_tell_toy_double(self->foreign, &request);
    assert_true((request.arena != NULL) == (err != TMESH_OK)); // ours only when it was not sent
    tmesh_arena_destroy(&request.arena);
    return err;
}

// Has the asker ask, and returns when it has (not when it has the answers).
[[maybe_unused]] static tmesh_toy_forward_reply_t toy_forward(toy_mesh_t *self,
                                                              tmesh_toy_forward_request_t request)
{
    tmesh_toy_forward_reply_t reply = {0};
    assert_int_equal(
        tmesh_call_toy_forward(self->foreign, &request, &reply, NULL, TOY_PATIENCE_MS), TMESH_OK);
    return reply;
}

#endif
