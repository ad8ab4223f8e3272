// The bounded queue in all its modes: for one thread, for many, and through its socket.
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>
#include <zmq.h>

#include "runtime/base/memory.h"
#include "runtime/envelope.h"

enum { LIMIT = 8, POSTERS = 4, POSTS = 5000, PATIENCE_MS = 20000 };

typedef struct {
    tmesh_arena_t *arena;
    int poster;
    int number;
} parcel_t;

static const tmesh_message_type_t type = {
    .name = "parcel", .request_size = sizeof(parcel_t), .reply_size = sizeof(parcel_t)};

typedef struct {
    void *zmq; // NULL: for one thread
    tmesh_mailbox_t *box;
    bool by_socket;
    tmesh_outbox_t *out; // by socket
} fixture_t;

static fixture_t *fixture_new(void *zmq)
{
    fixture_t *self = tmesh_alloc(sizeof *self);
    self->zmq = zmq;
    assert_int_equal(tmesh_mailbox_open(&self->box, "test", LIMIT, zmq), TMESH_OK);
    return self;
}

static int setup_single(void **state)
{
    *state = fixture_new(NULL);
    return 0;
}

static int setup_threads(void **state)
{
    *state = fixture_new(zmq_ctx_new());
    return 0;
}

static int setup_socket(void **state)
{
    fixture_t *self = *state = fixture_new(zmq_ctx_new());
    self->by_socket = true;
    self->out = tmesh_outbox_new(self->box);
    return 0;
}

static int teardown(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < 2; i++) { // the second time they are NULL
        tmesh_outbox_destroy(&self->out);
        tmesh_mailbox_destroy(&self->box);
    }
    if (self->zmq) assert_int_equal(zmq_ctx_term(self->zmq), 0);
    tmesh_free(self);
    return 0;
}

static tmesh_message_t *parcel(int poster, int number)
{
    parcel_t request = {.arena = tmesh_arena_new(), .poster = poster, .number = number};
    return tmesh_message_new(NULL, &type, &request);
}

static tmesh_err_t post(fixture_t *self, int number)
{
    tmesh_message_t *message = parcel(0, number);
    tmesh_err_t err = self->by_socket ? tmesh_outbox_post(self->out, &message)
                                      : tmesh_mailbox_post(self->box, &message);
    assert_true((message == NULL) == (err == TMESH_OK)); // ours or still the caller's
    tmesh_message_destroy(&message);
    return err;
}

static int take(tmesh_mailbox_t *box)
{
    tmesh_auto(tmesh_message) message = tmesh_mailbox_take(box);
    return message ? ((parcel_t *)tmesh_message_request(message))->number : -1;
}

static void gives_back_in_order(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(take(self->box), -1);
    for (int i = 0; i < LIMIT; i++) assert_int_equal(post(self, i), TMESH_OK);
    for (int i = 0; i < LIMIT; i++) assert_int_equal(take(self->box), i);
    assert_int_equal(take(self->box), -1);
    assert_int_equal(post(self, 77), TMESH_OK);
    assert_int_equal(take(self->box), 77);
}

static void the_limit_is_exact(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < LIMIT; i++) assert_int_equal(post(self, i), TMESH_OK);
    assert_int_equal(post(self, 100), TMESH_ERR_FULL);
    assert_int_equal(tmesh_mailbox_depth(self->box), LIMIT);
    assert_int_equal(take(self->box), 0);
    assert_int_equal(post(self, 8), TMESH_OK);
    assert_int_equal(post(self, 101), TMESH_ERR_FULL);
    for (int i = 1; i <= LIMIT; i++) assert_int_equal(take(self->box), i);
    assert_int_equal(tmesh_mailbox_depth(self->box), 0);
    assert_int_equal(tmesh_mailbox_depth_max(self->box), LIMIT);
}

static void a_reserved_place_is_kept(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(tmesh_mailbox_reserve(self->box), TMESH_OK);
    for (int i = 1; i < LIMIT; i++) assert_int_equal(post(self, i), TMESH_OK);
    assert_int_equal(post(self, 100), TMESH_ERR_FULL);
    assert_int_equal(tmesh_mailbox_reserve(self->box), TMESH_ERR_FULL);
    tmesh_message_t *reply = parcel(0, LIMIT);
    tmesh_mailbox_post_reserved(self->box, &reply);
    assert_null(reply);
    assert_int_equal(tmesh_mailbox_depth(self->box), LIMIT);
    for (int i = 1; i <= LIMIT; i++) assert_int_equal(take(self->box), i);
    assert_int_equal(tmesh_mailbox_depth(self->box), 0);
}

static void a_place_given_back_is_free(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < LIMIT; i++) assert_int_equal(tmesh_mailbox_reserve(self->box), TMESH_OK);
    assert_int_equal(post(self, 1), TMESH_ERR_FULL);
    tmesh_mailbox_unreserve(self->box);
    assert_int_equal(post(self, 1), TMESH_OK);
    assert_int_equal(post(self, 2), TMESH_ERR_FULL);
    assert_int_equal(take(self->box), 1);
    for (int i = 1; i < LIMIT; i++) tmesh_mailbox_unreserve(self->box);
    assert_int_equal(tmesh_mailbox_depth(self->box), 0);
}

static void closed_it_takes_replies_only(void **state)
{
    fixture_t *self = *state;
    assert_int_equal(tmesh_mailbox_reserve(self->box), TMESH_OK);
    assert_int_equal(post(self, 1), TMESH_OK);
    tmesh_mailbox_close(self->box);
    assert_int_equal(post(self, 2), TMESH_ERR_CLOSED);
    assert_int_equal(tmesh_mailbox_reserve(self->box), TMESH_ERR_CLOSED);
    tmesh_message_t *reply = parcel(0, 3);
    tmesh_mailbox_post_reserved(self->box, &reply);
    assert_int_equal(tmesh_mailbox_depth(self->box), 2);
    for (int expected = 1; expected <= 3; expected += 2) {
        tmesh_auto(tmesh_message) message = tmesh_mailbox_take_last(self->box);
        assert_non_null(message);
        assert_int_equal(((parcel_t *)tmesh_message_request(message))->number, expected);
    }
    assert_null(tmesh_mailbox_take_last(self->box));
}

static void idle_means_nothing_in_hand(void **state)
{
    fixture_t *self = *state;
    assert_true(tmesh_mailbox_is_idle(self->box));
    uint32_t arrivals = tmesh_mailbox_arrivals(self->box);
    assert_int_equal(post(self, 1), TMESH_OK);
    assert_int_equal(tmesh_mailbox_arrivals(self->box), arrivals + 1);
    assert_false(tmesh_mailbox_is_idle(self->box));
    assert_int_equal(take(self->box), 1);
    assert_int_equal(tmesh_mailbox_depth(self->box), 0);
    assert_false(tmesh_mailbox_is_idle(self->box)); // taken, not handled
    tmesh_mailbox_handled(self->box);
    assert_true(tmesh_mailbox_is_idle(self->box));
    assert_int_equal(tmesh_mailbox_reserve(self->box), TMESH_OK);
    assert_false(tmesh_mailbox_is_idle(self->box)); // a reply is to come
    tmesh_mailbox_close(self->box);
    assert_true(tmesh_mailbox_is_idle(self->box)); // and nobody will handle it
}

// The sanitizers watch: what waits is freed, and what was posted outlives the way it came by.
static void what_waits_is_freed_with_it(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < LIMIT; i++) assert_int_equal(post(self, i), TMESH_OK);
    tmesh_outbox_destroy(&self->out);
    assert_int_equal(take(self->box), 0);
}

static void an_address_is_given_once(void **state)
{
    fixture_t *self = *state;
    tmesh_mailbox_t *second = NULL;
    assert_int_equal(tmesh_mailbox_open(&second, "test", LIMIT, self->zmq), TMESH_ERR_IO);
    assert_null(second);
}

typedef struct {
    fixture_t *fixture;
    int poster;
    int posts; // INT_MAX: until closed
    _Atomic int accepted;
} poster_t;

static void *post_many(void *argument)
{
    poster_t *self = argument;
    tmesh_mailbox_t *box = self->fixture->box;
    tmesh_auto(tmesh_outbox) out = self->fixture->by_socket ? tmesh_outbox_new(box) : NULL;
    for (int i = 0; i < self->posts;) {
        tmesh_message_t *message = parcel(self->poster, i);
        tmesh_err_t err =
            out ? tmesh_outbox_post(out, &message) : tmesh_mailbox_post(box, &message);
        if (!err) {
            self->accepted++;
            i++;
            continue;
        }
        tmesh_message_destroy(&message);
        if (err == TMESH_ERR_CLOSED) break;
        assert(err == TMESH_ERR_FULL);
        sched_yield();
    }
    return NULL;
}

static void start_posters(fixture_t *fixture, int posts, poster_t *posters, pthread_t *threads)
{
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (poster_t){.fixture = fixture, .poster = i, .posts = posts};
        pthread_create(&threads[i], NULL, post_many, &posters[i]);
    }
}

static void many_threads_keep_their_order(void **state)
{
    fixture_t *self = *state;
    poster_t posters[POSTERS];
    pthread_t threads[POSTERS];
    start_posters(self, POSTS, posters, threads);
    int next[POSTERS] = {0};
    for (int taken = 0; taken < POSTERS * POSTS;) {
        tmesh_auto(tmesh_message) message = tmesh_mailbox_take(self->box);
        assert_true(tmesh_mailbox_depth(self->box) <= LIMIT);
        if (!message) {
            sched_yield();
            continue;
        }
        const parcel_t *got = tmesh_message_request(message);
        assert_int_equal(got->number, next[got->poster]);
        next[got->poster]++;
        taken++;
    }
    for (int i = 0; i < POSTERS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(tmesh_mailbox_depth(self->box), 0);
    assert_true(tmesh_mailbox_depth_max(self->box) <= LIMIT);
}

// Whatever was accepted before the close is taken, even if its poster had not finished: none is
// forgotten, and none comes after.
static void closing_forgets_nobody(void **state)
{
    fixture_t *self = *state;
    poster_t posters[POSTERS];
    pthread_t threads[POSTERS];
    start_posters(self, INT32_MAX, posters, threads);
    int taken = 0;
    while (taken < 100 * LIMIT) {
        tmesh_auto(tmesh_message) message = tmesh_mailbox_take(self->box);
        if (message) taken++;
    }
    tmesh_mailbox_close(self->box);
    for (tmesh_message_t *message; (message = tmesh_mailbox_take_last(self->box)); taken++) {
        tmesh_message_destroy(&message);
    }
    int accepted = 0;
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(threads[i], NULL);
        accepted += posters[i].accepted;
    }
    assert_int_equal(taken, accepted);
    assert_null(tmesh_mailbox_take(self->box));
}

// The actor sleeps in poll, whichever way the message comes; woken, it finds it.
static void *post_one(void *argument)
{
    fixture_t *self = argument;
    tmesh_auto(tmesh_outbox) out = self->by_socket ? tmesh_outbox_new(self->box) : NULL;
    tmesh_message_t *message = parcel(0, 5);
    tmesh_err_t err = out ? tmesh_outbox_post(out, &message) : tmesh_mailbox_post(self->box, &message);
    assert(!err);
    return NULL;
}

static void a_sleeper_is_woken(void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, post_one, self);
        int number = -1;
        while ((number = take(self->box)) < 0) {
            zmq_pollitem_t items[TMESH_MAILBOX_WAITS];
            if (tmesh_mailbox_doze(self->box, items)) {
                assert_true(zmq_poll(items, TMESH_MAILBOX_WAITS, PATIENCE_MS) > 0);
            }
            tmesh_mailbox_wake(self->box, items);
        }
        assert_int_equal(number, 5);
        pthread_join(thread, NULL);
    }
}

static void who_dozes_is_told_of_what_came_before(void **state)
{
    fixture_t *self = *state;
    zmq_pollitem_t items[TMESH_MAILBOX_WAITS];
    assert_true(tmesh_mailbox_doze(self->box, items));
    assert_int_equal(zmq_poll(items, TMESH_MAILBOX_WAITS, 0), 0);
    tmesh_mailbox_wake(self->box, items);
    assert_int_equal(post(self, 1), TMESH_OK);
    assert_false(tmesh_mailbox_doze(self->box, items));
    tmesh_mailbox_wake(self->box, items);
    assert_int_equal(take(self->box), 1);
}

#define FOR_ONE_THREAD(test) {"one thread: " #test, test, setup_single, teardown, NULL}
#define FOR_THREADS(test) {"threads: " #test, test, setup_threads, teardown, NULL}
#define BY_SOCKET(test) {"socket: " #test, test, setup_socket, teardown, NULL}
#define IN_ALL_MODES(test) FOR_ONE_THREAD(test), FOR_THREADS(test), BY_SOCKET(test)
#define WITH_THREADS(test) FOR_THREADS(test), BY_SOCKET(test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ALL_MODES(gives_back_in_order),
        IN_ALL_MODES(the_limit_is_exact),
        FOR_ONE_THREAD(a_reserved_place_is_kept),
        FOR_THREADS(a_reserved_place_is_kept),
        IN_ALL_MODES(a_place_given_back_is_free),
        FOR_ONE_THREAD(closed_it_takes_replies_only),
        FOR_THREADS(closed_it_takes_replies_only),
        IN_ALL_MODES(idle_means_nothing_in_hand),
        IN_ALL_MODES(what_waits_is_freed_with_it),
        FOR_THREADS(an_address_is_given_once),
        WITH_THREADS(many_threads_keep_their_order),
        WITH_THREADS(closing_forgets_nobody),
        WITH_THREADS(a_sleeper_is_woken),
        FOR_THREADS(who_dozes_is_told_of_what_came_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
