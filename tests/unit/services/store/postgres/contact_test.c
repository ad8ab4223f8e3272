#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/contact.h"

enum { PATIENCE_MS = 5000, START_MS = 1000000 };

typedef struct {
    tmesh_clock_t *clock;
    tmesh_postgres_contact_t *contact;
} bench_t;

static int set_up(void **state)
{
    bench_t *self = tmesh_alloc(sizeof *self);
    self->clock = tmesh_clock_new_fake(START_MS);
    self->contact = tmesh_postgres_contact_new(self->clock, PATIENCE_MS);
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    bench_t *self = *state;
    tmesh_postgres_contact_destroy(&self->contact);
    tmesh_clock_destroy(&self->clock);
    tmesh_free(self);
    return 0;
}

static tmesh_absence_t look(const bench_t *self)
{
    tmesh_absence_t absence;
    tmesh_postgres_contact_look(self->contact, &absence);
    return absence;
}

static void fail_to_reach(bench_t *self, const char *message)
{
    tmesh_postgres_contact_asking(self->contact);
    tmesh_postgres_contact_unreachable(self->contact, message);
}

static void who_never_asked_misses_nobody(void **state)
{
    bench_t *self = *state;
    tmesh_clock_advance_ms(self->clock, 3600000);
    assert_false(look(self).is_away);
    assert_int_equal(tmesh_postgres_contact_patience_ms(self->contact), PATIENCE_MS);
}

static void a_lost_connection_says_nothing_of_the_server(void **state)
{
    bench_t *self = *state;
    tmesh_postgres_contact_asking(self->contact);
    tmesh_postgres_contact_lost(self->contact);
    assert_false(look(self).is_away);
}

static void who_can_not_be_reached_is_away_until_an_answer(void **state)
{
    bench_t *self = *state;
    fail_to_reach(self, "first");
    tmesh_clock_advance_ms(self->clock, 1000);
    fail_to_reach(self, "second");
    tmesh_absence_t absence = look(self);
    assert_true(absence.is_away);
    assert_false(absence.is_given_up);
    assert_int_equal(absence.for_ms, 1000); // since the first time
    assert_string_equal(absence.message, "second");
    assert_int_equal(tmesh_postgres_contact_patience_ms(self->contact), PATIENCE_MS - 1000);
    tmesh_postgres_contact_asking(self->contact);
    tmesh_postgres_contact_answered(self->contact);
    assert_false(look(self).is_away);
}

static void messages_are_one_line(void **state)
{
    bench_t *self = *state;
    fail_to_reach(self, "connection to \"a\"\n\tand \"b\"");
    assert_string_equal(look(self).message, "connection to 'a'  and 'b'");
}

static void who_is_given_up_is_asked_by_one_at_a_time(void **state)
{
    bench_t *self = *state;
    fail_to_reach(self, "gone");
    tmesh_postgres_contact_asking(self->contact);
    assert_true(tmesh_postgres_contact_may_ask(self->contact)); // all wait, for now
    tmesh_clock_advance_ms(self->clock, PATIENCE_MS);
    assert_true(look(self).is_given_up);
    assert_int_equal(tmesh_postgres_contact_patience_ms(self->contact), 0);
    assert_false(tmesh_postgres_contact_may_ask(self->contact));
    tmesh_postgres_contact_unreachable(self->contact, "still gone");
    assert_true(tmesh_postgres_contact_may_ask(self->contact));
    tmesh_postgres_contact_asking(self->contact);
    assert_false(tmesh_postgres_contact_may_ask(self->contact));
    tmesh_postgres_contact_answered(self->contact);
    assert_true(tmesh_postgres_contact_may_ask(self->contact));
}

static void who_answers_nobody_is_away_since_the_last_answer(void **state)
{
    bench_t *self = *state;
    tmesh_postgres_contact_asking(self->contact);
    tmesh_postgres_contact_asking(self->contact);
    tmesh_clock_advance_ms(self->clock, 2000);
    tmesh_postgres_contact_answered(self->contact); // the other one may take its time
    tmesh_clock_advance_ms(self->clock, TMESH_POSTGRES_SILENT_MS);
    assert_false(look(self).is_away);
    tmesh_clock_advance_ms(self->clock, 1);
    assert_true(look(self).is_away);
    assert_int_equal(look(self).for_ms, TMESH_POSTGRES_SILENT_MS + 1);
    fail_to_reach(self, "timeout");
    assert_int_equal(look(self).for_ms, TMESH_POSTGRES_SILENT_MS + 1); // not only from now on
    tmesh_postgres_contact_answered(self->contact);
    tmesh_clock_advance_ms(self->clock, 3600000);
    assert_false(look(self).is_away); // nobody asks
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_never_asked_misses_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_connection_says_nothing_of_the_server, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_can_not_be_reached_is_away_until_an_answer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(messages_are_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_given_up_is_asked_by_one_at_a_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_answers_nobody_is_away_since_the_last_answer, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
