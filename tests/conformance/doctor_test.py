"""Rule 8.2: whatever has happened, the doctor finds nothing."""

import unittest

from scenario import Scenarios, create_steps, decides, fails, for_each_store, hint, rule, step

load_tests = for_each_store


class DoctorScenarios(Scenarios):
    def finds_nothing(self):
        body = self.client.ok("DOCTOR").body
        self.assertEqual((body["count"], body["problems"]), (0, []))

    @rule("8.2")
    def test_in_an_empty_store(self):
        self.finds_nothing()

    @rule("8.2")
    def test_at_every_moment_of_a_life(self):
        """Postponed, waiting for workers, running, decided, waiting for a retry, blocked, cancelled."""
        self.given(step("a"), decides("d", "a"), step("x", "d"), step("y", "d"), step("other"),
                   step("end", "x", "y", type="deferred_convergence"))
        self.submitted({"postponed": 1}, delay_ms=60000)
        task = self.submitted()
        self.finds_nothing()
        hands = self.by_hand()
        runs = {name: hands.take(name) for name in ("a", "other")}
        self.becomes(task, "a", "in_progress")
        self.finds_nothing()
        hands.succeeds(runs["a"])
        hands.succeeds(hands.take("d"), create_steps("x", "y"))
        self.finds_nothing()
        hands.fails(hands.take("x"), retryable=True, **hint(60))
        hands.succeeds(runs["other"])
        y = hands.take("y")
        hands.succeeds(y)
        self.assertEqual(self.task(task)["status"], "waiting_for_retry")
        self.finds_nothing()
        self.cancelling(task)
        self.finds_nothing()

    @rule("8.2", "6.2")
    def test_while_a_task_is_blocked_with_everything_held(self):
        self.given(step("bad"), step("again"), step("ran"), step("child", "ran"), step("unsent"))
        hands = self.by_hand(callables=["bad", "again", "ran", "child"])
        task = self.submitted()
        runs = {name: hands.take(name) for name in ("bad", "again", "ran")}
        hands.fails(runs["bad"])
        hands.fails(runs["again"], retryable=True)
        self.finds_nothing()
        hands.succeeds(runs["ran"])
        self.finds_nothing()
        self.assertEqual(self.states(task), {"bad": "error", "again": "waiting_for_retry",
                                             "ran": "complete", "child": "pending", "unsent": "enqueued"})

    @rule("8.2")
    def test_after_many_ends(self):
        self.given(step("a"), step("b", "a"), step("c", "a"))
        self.workers({"c": lambda run: 1 if len(run.context) > 7 else fails(retryable=False)})
        for number in range(5, 15):
            task = self.submitted({"n": number})
            if number > 9:
                self.ends(task)
            else:
                self.blocks(task)
        self.finds_nothing()


if __name__ == "__main__":
    unittest.main()
