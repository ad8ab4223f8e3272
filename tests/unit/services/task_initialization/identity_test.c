#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/task_initialization/identity.h"

static tmesh_definition_t definition_of(tmesh_identity_strategy_t strategy)
{
    return (tmesh_definition_t){.namespace_name = "shop",
                                .name = "order",
                                .version = "1.0.0",
                                .identity_strategy = strategy};
}

// Zeros: it has none.
static tmesh_identity_t of(const tmesh_definition_t *definition, tmesh_submission_t submission)
{
    tmesh_identity_t identity = {0};
    bool has_identity = false;
    tmesh_fault_t *fault = NULL;
    assert_int_equal(
        tmesh_identity_of(&submission, definition, &identity, &has_identity, &fault), TMESH_OK);
    assert_null(fault);
    tmesh_identity_t none = {0};
    assert_int_equal(has_identity, memcmp(&identity, &none, sizeof none) != 0);
    return identity;
}

static tmesh_submission_t with_context(const char *json)
{
    return (tmesh_submission_t){.context = tmesh_bytes_of_text(json)};
}

#define ASSERT_SAME(a, b)                                                                          \
    do {                                                                                           \
        tmesh_identity_t left_ = (a);                                                              \
        tmesh_identity_t right_ = (b);                                                             \
        assert_memory_equal(&left_, &right_, sizeof left_);                                        \
    } while (0)
#define ASSERT_OTHER(a, b)                                                                         \
    do {                                                                                           \
        tmesh_identity_t left_ = (a);                                                              \
        tmesh_identity_t right_ = (b);                                                             \
        assert_memory_not_equal(&left_, &right_, sizeof left_);                                    \
    } while (0)

static void strict_is_the_canonical_context(void **state)
{
    (void)state;
    tmesh_definition_t definition = definition_of(TMESH_IDENTITY_STRICT);
    tmesh_identity_t first = of(&definition, with_context("{\"a\": 1, \"b\": [2.50, \"\\u0041\"]}"));
    ASSERT_SAME(first, of(&definition, with_context("{\"b\":[2.5,\"A\"],\"a\":1}")));
    ASSERT_SAME(first, of(&definition, with_context("{\"b\":[2.5,\"A\"],\"a\":1.0}")));
    ASSERT_OTHER(first, of(&definition, with_context("{\"a\":1,\"b\":[2.5,\"a\"]}")));
    ASSERT_OTHER(first, of(&definition, with_context("{\"a\":\"1\",\"b\":[2.5,\"A\"]}")));
    // No context is an empty one.
    ASSERT_SAME(of(&definition, (tmesh_submission_t){0}), of(&definition, with_context(" { } ")));
}

static void namespace_name_and_version_belong_to_it(void **state)
{
    (void)state;
    tmesh_definition_t definition = definition_of(TMESH_IDENTITY_STRICT);
    tmesh_identity_t first = of(&definition, with_context("{}"));
    tmesh_definition_t other = definition;
    other.version = "1.0.1";
    ASSERT_OTHER(first, of(&other, with_context("{}")));
    other = definition;
    other.name = "orders";
    ASSERT_OTHER(first, of(&other, with_context("{}")));
    other = definition;
    other.namespace_name = "shopo";
    other.name = "rder";
    ASSERT_OTHER(first, of(&other, with_context("{}")));
}

static void what_else_is_said_does_not(void **state)
{
    (void)state;
    tmesh_definition_t definition = definition_of(TMESH_IDENTITY_STRICT);
    tmesh_submission_t submission = with_context("{}");
    submission.priority = 5;
    submission.initiator = "somebody";
    submission.correlation_id = "c";
    submission.delay_ms = 7;
    submission.auto_idempotency_key = "a";
    ASSERT_SAME(of(&definition, submission), of(&definition, with_context("{}")));
}

static void a_key_of_the_caller_wins_under_any_strategy(void **state)
{
    (void)state;
    static const tmesh_identity_strategy_t strategies[] = {
        TMESH_IDENTITY_STRICT, TMESH_IDENTITY_CALLER_PROVIDED, TMESH_IDENTITY_ALWAYS_UNIQUE};
    for (size_t i = 0; i < 3; i++) {
        tmesh_definition_t definition = definition_of(strategies[i]);
        tmesh_submission_t one = with_context("{\"a\":1}");
        tmesh_submission_t two = with_context("{\"a\":2}");
        one.idempotency_key = two.idempotency_key = "k";
        two.auto_idempotency_key = "other";
        ASSERT_SAME(of(&definition, one), of(&definition, two));
        two.idempotency_key = "K";
        ASSERT_OTHER(of(&definition, one), of(&definition, two));
    }
}

static void a_key_is_no_context(void **state)
{
    (void)state;
    tmesh_definition_t definition = definition_of(TMESH_IDENTITY_STRICT);
    tmesh_submission_t submission = {.idempotency_key = "{}"};
    ASSERT_OTHER(of(&definition, submission), of(&definition, with_context("{}")));
    tmesh_definition_t unique = definition_of(TMESH_IDENTITY_ALWAYS_UNIQUE);
    tmesh_submission_t given = {.idempotency_key = "k"};
    tmesh_submission_t drawn = {.auto_idempotency_key = "k"};
    ASSERT_OTHER(of(&unique, given), of(&unique, drawn));
}

static void caller_provided_without_a_key_is_a_fault(void **state)
{
    (void)state;
    tmesh_definition_t definition = definition_of(TMESH_IDENTITY_CALLER_PROVIDED);
    tmesh_submission_t submission = {.auto_idempotency_key = "a"};
    tmesh_identity_t identity;
    bool has_identity = false;
    tmesh_fault_t *fault = NULL;
    assert_int_equal(
        tmesh_identity_of(&submission, &definition, &identity, &has_identity, &fault),
        TMESH_ERR_INVALID);
    assert_string_equal(fault->code, "idempotency_key_required");
    assert_string_equal(fault->where, "/idempotency_key");
    tmesh_fault_destroy(&fault);
}

static void always_unique_never_collides(void **state)
{
    (void)state;
    static const tmesh_identity_t none;
    tmesh_definition_t definition = definition_of(TMESH_IDENTITY_ALWAYS_UNIQUE);
    ASSERT_SAME(of(&definition, with_context("{}")), none);
    // Only with the repeats of the same client, which drew a key for them.
    tmesh_submission_t submission = {.auto_idempotency_key = "a"};
    ASSERT_SAME(of(&definition, submission), of(&definition, submission));
    ASSERT_OTHER(of(&definition, submission), none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_is_the_canonical_context),
        cmocka_unit_test(namespace_name_and_version_belong_to_it),
        cmocka_unit_test(what_else_is_said_does_not),
        cmocka_unit_test(a_key_of_the_caller_wins_under_any_strategy),
        cmocka_unit_test(a_key_is_no_context),
        cmocka_unit_test(caller_provided_without_a_key_is_a_fault),
        cmocka_unit_test(always_unique_never_collides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
