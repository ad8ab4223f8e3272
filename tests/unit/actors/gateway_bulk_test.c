// Commands over many tasks: found, asked for one by one, answered together.
#include "tests/unit/actors/gateway_bench.h"

#define ID(last) "\"01890000-0000-7000-8000-0000000" last "0000\""

// What stands in the answer, in this order.
static void expect_parts(void *peer, const char *const *parts, size_t count)
{
    tmesh_frames_t *answer = peer_expect(peer, "200", parts[0]);
    tmesh_bytes_t body = tmesh_frames_body(answer);
    const char *at = body.data;
    for (size_t i = 0; i < count; i++) {
        at = memmem(at, body.size - (size_t)(at - body.data), parts[i], strlen(parts[i]));
        if (!at) fail_msg("%s is not in %.*s", parts[i], (int)body.size, body.data);
        at++;
    }
    tmesh_frames_destroy(&answer);
}

static void each_named_task_is_judged_by_itself(void **state)
{
    (void)state;
    bench.refuse_acts = 1;
    void *peer = peer_open();
    peer_send(peer, "TASK.RESOLVE",
              "{\"task_uuids\":[" ID("1") "," ID("2") "," ID("1") "],\"action\":\"retry\","
              "\"reason\":\"four\"}", NULL);
    const char *parts[] = {
        "\"matched\":2,\"more\":false,\"next\":null,\"dry_run\":false,\"allowed\":1,\"refused\":1",
        "\"task_uuid\":" ID("1"), "\"before\":\"steps_in_process\",\"allowed\":false",
        "\"code\":\"task_ended\"", "\"where\":\"/task_uuids/0\"", "\"task_uuid\":" ID("2"),
        "\"allowed\":true,\"status\":\"resolved_manually\"", "\"reset_steps\":4"};
    expect_parts(peer, parts, TMESH_COUNT_OF(parts));
    assert_int_equal(bench.acts, 2); // one is named twice
}

static void a_filter_takes_up_to_its_limit_and_says_where_to_go_on(void **state)
{
    (void)state;
    bench.found = 900;
    void *peer = peer_open();
    const char *parts[] = {"\"matched\":100,\"more\":true,\"next\":\"64000000-", "\"allowed\":100"};
    peer_send(peer, "TASK.RESOLVE",
              "{\"filter\":{\"name\":\"x\"},\"action\":\"resolve\",\"reason\":\"\"}", NULL);
    expect_parts(peer, parts, TMESH_COUNT_OF(parts));
    const char *all[] = {"\"matched\":900,\"more\":false,\"next\":null", "\"allowed\":900"};
    peer_send(peer, "TASK.RESOLVE",
              "{\"filter\":{},\"all\":true,\"limit\":1000,\"action\":\"resolve\",\"reason\":\"\"}",
              NULL);
    expect_parts(peer, all, TMESH_COUNT_OF(all));
    assert_int_equal(bench.acts, 1000);
    assert_int_equal(bench.dry_runs, 0);
}

static void a_dry_run_says_so_to_who_judges(void **state)
{
    (void)state;
    bench.found = 2;
    void *peer = peer_open();
    peer_send(peer, "TASK.RESOLVE",
              "{\"filter\":{\"name\":\"x\"},\"dry_run\":true,\"action\":\"reset\",\"reason\":\"\"}",
              NULL);
    const char *parts[] = {"\"dry_run\":true,\"allowed\":2", "\"allowed\":true}",
                           "\"allowed\":true}"};
    expect_parts(peer, parts, TMESH_COUNT_OF(parts));
    assert_int_equal(bench.dry_runs, 2);
}

static void nothing_found_is_an_empty_list(void **state)
{
    (void)state;
    void *peer = peer_open();
    peer_send(peer, "TASK.CANCEL", "{\"filter\":{\"status\":\"error\"}}", NULL);
    expect(peer, "200", "\"matched\":0,\"more\":false,\"next\":null,\"dry_run\":false,"
                        "\"allowed\":0,\"refused\":0,\"tasks\":[]");
}

static int setup_small(void **state)
{
    return bench_setup_with(state, 7);
}

static void a_full_mailbox_takes_them_bit_by_bit(void **state)
{
    (void)state;
    bench.found = 200;
    void *peer = peer_open();
    peer_send(peer, "TASK.CANCEL", "{\"filter\":{\"name\":\"x\"},\"limit\":200}", NULL);
    expect(peer, "200", "\"matched\":200,\"more\":false,\"next\":null,\"dry_run\":false,"
                        "\"allowed\":200,\"refused\":0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_named_task_is_judged_by_itself),
        TEST(a_filter_takes_up_to_its_limit_and_says_where_to_go_on),
        TEST(a_dry_run_says_so_to_who_judges),
        TEST(nothing_found_is_an_empty_list),
        cmocka_unit_test_setup_teardown(a_full_mailbox_takes_them_bit_by_bit, setup_small,
                                        bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
