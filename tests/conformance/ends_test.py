"""Section 6: how tasks end, are blocked, and are cancelled."""

import unittest

from scenario import (DONE, FAILED, RETRIED, Scenarios, eventually, fails, for_each_store, hint,
                      rule, step, steps_by_name)

load_tests = for_each_store
AT_ONCE = {"backoff": "none"}


class CompletionScenarios(Scenarios):
    @rule("6.1")
    def test_a_task_is_complete_with_its_last_step(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("a"))
        half = self.task(task)
        self.assertEqual((half["status"], half.get("completed_at"), half["completion_percentage"]),
                         ("steps_in_process", None, 50))
        hands.succeeds(hands.take("b"))
        done = self.task(task)  # in the commit of the result, so at once
        self.assertEqual((done["status"], done["ended"], done["completion_percentage"]),
                         ("complete", True, 100))
        self.assertEqual(done["completed_at"], self.events(task)[-1]["at"])
        self.assertEqual((done["total_steps"], done["completed_steps"]), (2, 2))

    @rule("6.3")
    def test_results_at_the_same_time_end_a_task_once(self):
        """Fifty last steps are answered in one message, and each of them twice more."""
        self.given(*[step("s%d" % number) for number in range(50)])
        hands = self.by_hand(capacity=50)
        task = self.submitted()
        runs = [hands.take() for _ in range(50)]
        body = {"session": hands.session, "results": [dict(run.fence(), success=True) for run in runs] * 3}
        _, reply = hands.request("STEP.RESULT", body)
        self.assertEqual({each["status"] for each in reply["results"]}, {200})
        self.ends(task)
        rows = [event for event in self.events(task) if "step" not in event]
        self.assertEqual([event["to"] for event in rows].count("complete"), 1)
        self.assertEqual(rows[-1]["to"], "complete")
        for number in range(50):
            self.assertEqual(self.history(task, "s%d" % number), DONE)


class BlockedScenarios(Scenarios):
    @rule("6.2")
    def test_a_permanent_failure_blocks_in_the_same_commit(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take("a"))
        blocked = self.task(task)
        self.assertEqual((blocked["status"], blocked["settled"], blocked["ended"]),
                         ("blocked_by_failures", True, False))
        self.assertEqual((blocked["failed_steps"], blocked["pending_steps"]), (1, 1))
        self.assertIn("a failed for good: broken", blocked["waiting_reason"])

    @rule("6.2")
    def test_running_siblings_finish_and_nothing_new_starts(self):
        self.given(step("a"), step("b"), step("after_b", "b"))
        hands = self.by_hand()
        task = self.submitted()
        a, b = hands.take("a"), hands.take("b")
        hands.fails(a)
        self.assertEqual(hands.succeeds(b, "done")["state"], "complete")
        self.assertEqual(self.result(task, "b"), "done")
        self.assertTrue(hands.takes_nothing_more())
        self.assertEqual(self.states(task), {"a": "error", "b": "complete", "after_b": "pending"})
        self.assertEqual(self.task(task)["status"], "blocked_by_failures")
        self.assertEqual((self.history(task, "a"), self.history(task, "b")), (FAILED, DONE))

    @rule("6.2")
    def test_what_was_not_sent_is_withdrawn(self):
        """One slot: a is running, one is claimed behind it, the third waits. a fails for good."""
        self.given(step("a"), step("b"), step("c"))
        hands = self.by_hand(capacity=1)
        task = self.submitted()
        first = hands.take()
        hands.fails(first)
        others = {name: each for name, each in steps_by_name(self.task(task)).items()
                  if name != first.step_name}
        self.assertEqual({each["current_state"] for each in others.values()}, {"enqueued"})
        self.assertEqual({each["waiting_reason"] for each in others.values()},
                         {"its task is blocked by failures"})
        self.assertTrue(hands.takes_nothing_more())
        other_task = self.submitted({"other": 1})  # the slot is free again, but not for that task
        self.assertEqual(hands.take().task_uuid, other_task)

    @rule("6.2")
    def test_due_retries_are_held(self):
        self.given(step("a", retry=AT_ONCE), step("b"), step("clock"))
        hands = self.by_hand()
        task = self.submitted()
        a, b, clock = hands.take("a"), hands.take("b"), hands.take("clock")
        hands.fails(a, retryable=True, **hint(0.2))
        hands.fails(b)
        self.assertEqual(self.step(task, "a")["waiting_reason"], "its task is blocked by failures")
        self.assertIsNone(self.step(task, "a")["next_retry_at"])
        hands.succeeds(clock)
        other = self.submitted({"other": 1}, delay_ms=400)  # past the time at which a was due
        self.assertEqual(hands.take().task_uuid, other)
        self.assertEqual(self.history(task, "a"), RETRIED)

    @rule("6.2")
    def test_a_retryable_failure_of_a_blocked_task_waits(self):
        self.given(step("a", retry=AT_ONCE), step("b"))
        hands = self.by_hand()
        task = self.submitted()
        a, b = hands.take("a"), hands.take("b")
        hands.fails(b)
        self.assertEqual(hands.fails(a, retryable=True)["state"], "waiting_for_retry")
        self.assertTrue(hands.takes_nothing_more())
        self.assertEqual(self.task(task)["status"], "blocked_by_failures")

    @rule("6.2")
    def test_two_permanent_failures_block_once(self):
        self.given(step("a"), step("b"))
        hands = self.by_hand()
        task = self.submitted()
        a, b = hands.take("a"), hands.take("b")
        hands.fails(a)
        hands.fails(b)
        self.assertEqual(self.history(task).split().count("blocked_by_failures"), 1)
        self.assertEqual(self.task(task)["failed_steps"], 2)

    @rule("6.2")
    def test_exhausted_retries_block_too(self):
        self.given(step("a", retry=dict(AT_ONCE, max_attempts=3)), step("b", "a"))
        self.workers({"a": fails("no_luck")})
        task = self.submitted()
        self.blocks(task)
        self.assertEqual(self.history(task, "a"), f"{RETRIED} {RETRIED} {FAILED}")
        self.assertIn("no_luck", self.task(task)["waiting_reason"])


class CancelScenarios(Scenarios):
    @rule("6.5")
    def test_a_task_and_all_its_open_steps_are_cancelled(self):
        self.given(step("done"), step("runs"), step("waits", retry=AT_ONCE), step("later", "runs"))
        hands = self.by_hand()
        task = self.submitted()
        runs = {name: hands.take(name) for name in ("done", "runs", "waits")}
        hands.succeeds(runs["done"], "kept")
        hands.fails(runs["waits"], retryable=True, **hint(0.2))
        reply = self.cancelling(task, reason="changed my mind", by="ann")
        self.assertEqual((reply.status, reply.body["status"], reply.body["cancelled_steps"]),
                         (200, "cancelled", 3))
        self.assertEqual(self.states(task), {"done": "complete", "runs": "cancelled",
                                             "waits": "cancelled", "later": "cancelled"})
        self.assertEqual(self.result(task, "done"), "kept")
        taken_back = hands.cancelled()
        self.assertEqual((taken_back["step_uuid"], taken_back["reason"]),
                         (runs["runs"].step_uuid, "task_cancelled"))
        self.assertEqual(hands.succeeds(runs["runs"])["error"]["code"], "step_cancelled")
        self.given(step("a"), name="clock")
        self.submitted(name="clock", delay_ms=400)  # past the time at which `waits` was due
        self.assertEqual(hands.take().step_name, "a")
        self.assertEqual(self.history(task).split()[-1], "cancelled")

    @rule("6.5")
    def test_a_cancel_frees_the_slot_of_a_step_that_was_running(self):
        self.given(step("a"))
        hands = self.by_hand(capacity=1)
        task = self.submitted()
        hands.take()
        self.cancelling(task)
        hands.cancelled()
        other = self.submitted({"n": 2})
        self.assertEqual(hands.take().task_uuid, other)

    @rule("6.5")
    def test_a_task_that_has_not_begun_can_be_cancelled(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted(delay_ms=150)
        self.assertEqual(self.cancelling(task).body["cancelled_steps"], 2)
        other = self.submitted({"n": 2}, delay_ms=300)
        self.assertEqual(hands.take().task_uuid, other)
        self.passes(task, "pending cancelled", a="pending cancelled", b="pending cancelled")

    @rule("6.5")
    def test_a_blocked_task_can_be_cancelled_with_the_step_that_failed(self):
        self.given(step("a"), step("b", "a"))
        self.workers({"a": fails(retryable=False)})
        task = self.submitted()
        self.blocks(task)
        self.assertEqual(self.cancelling(task).body["cancelled_steps"], 2)
        self.assertEqual(self.states(task), {"a": "cancelled", "b": "cancelled"})
        self.assertTrue(self.task(task)["completed_at"])

    @rule("6.5")
    def test_everybody_who_waits_for_the_task_hears_of_it(self):
        self.given(step("a"))
        task = self.submitted()
        number = self.client.send("TASK.WAIT", {"task_uuid": task, "until": "ended", "timeout_ms": 30000})
        with self.server.client() as other:
            eventually(lambda: self.server.stats()["gateway"]["waiting_clients"], "somebody waits")
            other.ok("TASK.CANCEL", {"task_uuid": task})
        self.assertEqual(self.client.receive(number).body["status"], "cancelled")


if __name__ == "__main__":
    unittest.main()
