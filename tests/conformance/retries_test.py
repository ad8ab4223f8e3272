"""Rules 4.1 to 4.3: whether a step is tried again, and when. The server runs without jitter."""

import time
import unittest
from email.utils import formatdate

from scenario import DONE, RETRIED, Scenarios, fails, for_each_store, hint, rule, step

load_tests = for_each_store
HOUR_MS = 3600000


class ReadyScenarios(Scenarios):
    @rule("4.1")
    def test_a_step_waits_for_every_parent(self):
        self.given(step("a"), step("b"), step("c", "a", "b"))
        hands = self.by_hand()
        task = self.submitted()
        a, b = hands.take("a"), hands.take("b")
        hands.succeeds(a)
        self.assertTrue(hands.takes_nothing_more())
        self.assertEqual(self.step(task, "c")["waiting_reason"], "1 of 2 dependencies are not done")
        hands.succeeds(b)
        hands.succeeds(hands.take("c"))
        self.ends(task)

    @rule("4.1")
    def test_a_first_attempt_is_always_allowed(self):
        for retry in ({"max_attempts": 0}, {"max_attempts": 1}, {"retryable": False},
                      {"max_attempts": 0, "retryable": False}):
            with self.subTest(**retry):
                self.given(step("a", retry=retry))
                worker = self.workers()
                task = self.submitted(retry)
                self.assertEqual(self.ends(task)["steps"][0]["attempts"], 1)
                worker.stop()

    @rule("4.1")
    def test_a_step_whose_parent_failed_is_not_ready(self):
        self.given(step("a"), step("b"), step("c", "a", "b"))
        self.workers({"a": fails(retryable=False)})
        task = self.submitted()
        self.blocks(task)
        self.assertEqual(self.history(task, "c"), "pending")


class AttemptScenarios(Scenarios):
    def attempts_until_blocked(self, answer, **retry):
        retry = dict({"backoff": "none"}, **retry)
        self.given(step("a", retry=retry), identity_strategy="always_unique")
        worker = self.workers({"a": answer})
        task = self.submitted()
        self.blocks(task)
        worker.stop()
        self.assertEqual([attempt for _, attempt in worker.seen()],
                         list(range(1, len(worker.seen()) + 1)))
        a = self.step(task, "a")
        self.assertEqual(a["current_state"], "error")
        self.assertEqual(a["attempts"], len(worker.seen()))
        return a["attempts"]

    @rule("4.2")
    def test_a_retryable_failure_is_tried_max_attempts_times(self):
        for maximum, attempts in ((0, 1), (1, 1), (2, 2), (3, 3), (5, 5)):
            with self.subTest(max_attempts=maximum):
                self.assertEqual(self.attempts_until_blocked(fails(), max_attempts=maximum), attempts)

    @rule("4.2")
    def test_all_three_must_hold_for_a_retry(self):
        self.assertEqual(self.attempts_until_blocked(fails(), retryable=False), 1)
        self.assertEqual(self.attempts_until_blocked(fails(retryable=False)), 1)
        self.assertEqual(self.attempts_until_blocked([fails(), fails(retryable=False)]), 2)
        self.assertEqual(self.attempts_until_blocked(fails()), 3)  # the default

    @rule("4.2")
    def test_a_failure_is_final_unless_it_says_that_it_is_retryable(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        answer = hands.says(hands.take(), success=False, error={"message": "what now"})
        self.assertEqual((answer["status"], answer["state"]), (200, "error"))
        self.assertEqual(self.step(task, "a")["error"]["code"], "step_failed")

    @rule("4.2")
    def test_metadata_may_say_retryable_too(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        answer = hands.says(hands.take(), success=False, error={"message": "m", "error_type": "Net"},
                            metadata={"retryable": True})
        self.assertEqual(answer["state"], "waiting_for_retry")
        self.assertEqual(self.step(task, "a")["error"]["code"], "Net")

    @rule("4.2")
    def test_the_last_error_stays_to_be_seen_after_a_success(self):
        self.given(step("a", retry={"backoff": "none"}))
        self.workers({"a": [fails("first"), fails("second"), 3]})
        task = self.submitted()
        a = self.ends(task)["steps"][0]
        self.assertEqual((a["results"], a["attempts"], a["run"]), (b"3", 3, 3))
        self.assertEqual((a["error"]["code"], a["error"]["run"]), ("second", 2))


class BackoffScenarios(Scenarios):
    """The wait is next_retry_at minus the time of the move to waiting_for_retry."""

    def wait(self, failures=1, retry=(), **wishes):
        """The wait after so many failures, of which all but the last asked for no wait at all."""
        retry = dict({"backoff_base_ms": 5000, "max_backoff_ms": HOUR_MS, "max_attempts": 20}, **dict(retry))
        self.given(step("a", retry=retry), identity_strategy="always_unique")
        hands = self.by_hand()
        task = self.submitted()
        for _ in range(failures - 1):
            hands.fails(hands.take("a"), retryable=True, **hint(0))
        self.assertEqual(hands.fails(hands.take("a"), retryable=True, **wishes)["status"], 200)
        failed = [event for event in self.events(task) if event["to"] == "waiting_for_retry"
                  and "step" in event]
        wait = self.step(task, "a")["next_retry_at"] - failed[-1]["at"]
        self.assertEqual(len(failed), failures)
        self.cancelling(task)
        hands.close()
        return wait

    def waits(self, count, **retry):
        retry = {"max_backoff_ms": HOUR_MS, **retry}
        return [self.wait(number + 1, retry) for number in range(count)]

    @rule("4.3", "1.5")
    def test_linear(self):
        self.assertEqual(self.waits(5, backoff="linear", backoff_base_ms=3000),
                         [3000, 6000, 9000, 12000, 15000])

    @rule("4.3", "1.5")
    def test_exponential(self):
        self.assertEqual(self.waits(6, backoff="exponential", backoff_base_ms=3000),
                         [3000, 6000, 12000, 24000, 48000, 96000])

    @rule("4.3", "1.5")
    def test_fibonacci(self):
        self.assertEqual(self.waits(7, backoff="fibonacci", backoff_base_ms=3000),
                         [3000, 3000, 6000, 9000, 15000, 24000, 39000])

    @rule("4.3", "1.5")
    def test_the_maximum_caps_every_kind(self):
        for backoff, waits in (("linear", [8000, 16000, 20000, 20000]),
                               ("exponential", [8000, 16000, 20000, 20000]),
                               ("fibonacci", [8000, 8000, 16000, 20000])):
            with self.subTest(backoff):
                self.assertEqual(self.waits(4, backoff=backoff, backoff_base_ms=8000,
                                            max_backoff_ms=20000), waits)

    @rule("4.3")
    def test_the_largest_numbers_do_not_overflow(self):
        for backoff in ("linear", "exponential", "fibonacci"):
            self.assertEqual(self.wait(19, {"backoff": backoff, "backoff_base_ms": HOUR_MS}), HOUR_MS)

    @rule("4.3")
    def test_defaults_are_a_second_and_thirty(self):
        for fields in ({}, {"retry": {}}, {"retry": {"max_attempts": 3}}, {"retry": {"backoff": "linear"}}):
            self.given(step("a", **fields), identity_strategy="always_unique")
            hands = self.by_hand()
            task = self.submitted()
            hands.fails(hands.take("a"), retryable=True)
            failed = [event for event in self.events(task) if event["to"] == "waiting_for_retry"]
            self.assertEqual(self.step(task, "a")["next_retry_at"] - failed[-1]["at"], 1000)
            self.cancelling(task)
            hands.close()
        self.given(step("a", retry={"backoff_base_ms": HOUR_MS}), identity_strategy="always_unique")
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take("a"), retryable=True)
        a = self.step(task, "a")
        self.assertEqual(a["next_retry_at"] - self.events(task)[-1]["at"], 30000)

    def wait_with(self, max_backoff_ms=HOUR_MS, **wishes):
        return self.wait(1, {"max_backoff_ms": max_backoff_ms}, **wishes)

    @rule("4.3")
    def test_retry_after_in_seconds_wins(self):
        for header in ({"Retry-After": "7"}, {"retry-after": "7"}, {"RETRY-AFTER": 7}):
            with self.subTest(**header):
                self.assertEqual(self.wait_with(headers=header), 7000)
        self.assertEqual(self.wait_with(headers={"Retry-After": "7"},
                                        backoff_hint={"delay_seconds": 3}), 7000)

    @rule("4.3")
    def test_retry_after_as_a_date_wins(self):
        """A date has no milliseconds, so the wait is known to a second and what the scenario takes."""
        def wait_until(words):
            before = time.time()
            wait = self.wait_with(headers={"Retry-After": words(int(before))})
            self.assertTrue(598000 - (time.time() - before) * 1000 <= wait <= 600000, wait)
        wait_until(lambda now: formatdate(now + 600, usegmt=True))
        wait_until(lambda now: time.strftime("%a, %d %b %Y %H:%M:%S +0100",
                                             time.gmtime(now + 600 + 3600)))

    @rule("4.3")
    def test_a_hint_wins_when_there_is_no_header(self):
        self.assertEqual(self.wait_with(**hint(7)), 7000)
        self.assertEqual(self.wait_with(**hint(2.75)), 2750)

    @rule("4.3")
    def test_a_wait_may_be_nothing(self):
        """Otherwise nothing would come for an hour."""
        hour = {"backoff_base_ms": HOUR_MS, "max_backoff_ms": HOUR_MS}
        for retry, wishes in ((hour, hint(0)), (hour, {"headers": {"Retry-After": "0"}}),
                              ({"backoff": "none"}, {}), ({"backoff_base_ms": 0}, {}),
                              ({"max_backoff_ms": 0}, hint(3600))):
            with self.subTest(retry=retry, **wishes):
                self.given(step("a", retry=retry), identity_strategy="always_unique")
                hands = self.by_hand()
                task = self.submitted()
                hands.fails(hands.take(), retryable=True, **wishes)
                hands.succeeds(hands.take())
                self.assertEqual(self.history(task, "a"), RETRIED + " " + DONE)
                hands.close()

    @rule("4.3")
    def test_what_can_not_be_read_falls_through(self):
        past = formatdate(1000000000, usegmt=True)
        for useless in (past, "soon", "", "-1", None, [3], {"s": 1}):
            with self.subTest(header=useless):
                self.assertEqual(self.wait_with(headers={"Retry-After": useless}), 5000)
                self.assertEqual(self.wait_with(headers={"Retry-After": useless}, **hint(7)), 7000)
        self.assertEqual(self.wait_with(**hint("x")), 5000)
        self.assertEqual(self.wait_with(**hint(-5)), 5000)

    @rule("4.3")
    def test_wishes_are_capped_by_the_steps_maximum(self):
        self.assertEqual(self.wait_with(2000, headers={"Retry-After": "60"}), 2000)
        self.assertEqual(self.wait_with(2000, headers={"Retry-After": "1" + "0" * 400}), 2000)
        self.assertEqual(self.wait_with(2000, **hint(60)), 2000)
        self.assertEqual(self.wait_with(2000, **hint(1e300)), 2000)


if __name__ == "__main__":
    unittest.main()
