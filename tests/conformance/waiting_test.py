"""Section 8: everything that waits says why."""

import unittest

from scenario import Scenarios, fails, for_each_store, hint, rule, step

load_tests = for_each_store


class ReasonScenarios(Scenarios):
    def reason(self, task, name):
        """The reason of the step, which is the task's too when it is the only open one."""
        return self.step(task, name)["waiting_reason"]

    @rule("8.1")
    def test_nobody_offers_the_callable(self):
        self.given(step("a", callable="charge_card"))
        self.by_hand(callables=["refund_*"])
        task = self.submitted()
        words = "no worker offers %s/charge_card" % self.namespace
        self.assertEqual(self.reason(task, "a"), words)
        self.assertEqual(self.task(task)["waiting_reason"], "a: " + words)

    @rule("8.1")
    def test_all_workers_are_busy(self):
        self.given(step("a"), identity_strategy="always_unique")
        hands = self.by_hand(capacity=1)
        tasks = [self.submitted() for _ in range(3)]
        hands.take()
        self.assertIn("busy", self.reason(tasks[2], "a"))

    @rule("8.1")
    def test_a_running_step_names_its_worker_and_its_time(self):
        self.given(step("a", timeout_seconds=60))
        hands = self.by_hand(name="billing-7")
        task = self.submitted()
        hands.take()
        self.becomes(task, "a", "in_progress")
        words = self.reason(task, "a")
        self.assertRegex(words, r"^running on billing-7, its time is over in \d{5} ms$")

    @rule("8.1")
    def test_a_retry_says_when_it_is_due_and_after_what(self):
        self.given(step("a", retry={"max_attempts": 3, "max_backoff_ms": 60000}))
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take(), "handler_timeout", retryable=True, **hint(60))
        pattern = r"retry 2 of 3 due in \d{5} ms after handler_timeout$"
        self.assertRegex(self.reason(task, "a"), "^" + pattern)
        shown = self.task(task)
        self.assertRegex(shown["waiting_reason"], "^a: " + pattern)
        self.assertEqual(shown["due_at"], self.step(task, "a")["next_retry_at"])

    @rule("8.1")
    def test_a_postponed_step_says_when_it_starts(self):
        self.given(step("a"))
        task = self.submitted(delay_ms=60000)
        self.assertRegex(self.reason(task, "a"), r"^postponed, starts in \d{5} ms$")

    @rule("8.1")
    def test_a_step_counts_the_parents_that_are_not_done(self):
        self.given(step("a"), step("b"), step("c", "a", "b"))
        hands = self.by_hand()
        task = self.submitted()
        self.assertEqual(self.reason(task, "c"), "2 of 2 dependencies are not done")
        hands.succeeds(hands.take("a"))
        self.assertEqual(self.reason(task, "c"), "1 of 2 dependencies are not done")

    @rule("8.1", "6.2")
    def test_a_blocked_task_names_the_step_and_its_error(self):
        self.given(step("a"), step("b", "a"), step("c"))
        hands = self.by_hand()
        task = self.submitted()
        a, c = hands.take("a"), hands.take("c")
        hands.fails(a, "card_declined")
        self.assertEqual(self.task(task)["waiting_reason"], "step a failed for good: card_declined")
        hands.succeeds(c)
        self.assertIn("dependencies are not done", self.reason(task, "b"))

    @rule("8.1")
    def test_every_open_step_has_a_reason_at_every_moment(self):
        self.given(step("a"), step("b", "a"), step("c", "a", retry={"backoff": "none"}), step("d", "b", "c"))
        hands = self.by_hand(capacity=2)
        task = self.submitted()
        for answer in ("a", "b", None, "c", "d"):
            self.every_open_one_says_why(task)
            run = hands.take() if answer is None or answer in "ad" else hands.take(answer)
            if answer is None:
                hands.fails(run, retryable=True, **hint(0.1))
            else:
                hands.succeeds(run)
        self.every_open_one_says_why(task)
        self.ends(task)

    def every_open_one_says_why(self, task):
        shown = self.task(task)
        for each in shown["steps"]:
            is_open = each["current_state"] not in ("complete", "error", "cancelled", "resolved_manually")
            self.assertEqual(bool(each["waiting_reason"]), is_open, each)
        self.assertEqual(bool(shown.get("waiting_reason")), not shown["ended"], shown)

    @rule("8.1")
    def test_what_has_ended_waits_for_nothing(self):
        self.given(step("a"), step("b", "a"))
        worker = self.workers({"b": fails(retryable=False)})
        task = self.submitted()
        self.blocks(task)
        self.assertIsNone(self.reason(task, "a"))
        worker.stop()
        self.cancelling(task)
        shown = self.task(task)
        self.assertEqual({each["waiting_reason"] for each in shown["steps"]}, {None})
        self.assertIsNone(shown.get("waiting_reason"))


if __name__ == "__main__":
    unittest.main()
