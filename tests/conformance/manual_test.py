"""Rules 6.4, 3.3 and 4.8: what people do to steps and tasks."""

import json
import unittest

from scenario import (DONE, FAILED, RETRIED, Scenarios, create_steps, decides, fails, for_each_store,
                      hint, names_of, rule, step)

load_tests = for_each_store


class ManualScenarios(Scenarios):
    def resolving(self, task, name, action, payloads=(), **fields):
        return self.client.request("STEP.RESOLVE", dict(
            fields, step_uuid=self.step(task, name)["step_uuid"], action=action), payloads)

    def resolves(self, task, name, action, *payloads, **fields):
        reply = self.resolving(task, name, action, payloads, **fields)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.body

    def acting(self, task, action, **fields):
        return self.client.request("TASK.RESOLVE", dict(fields, task_uuid=task, action=action))

    def notes(self, task, name=None):
        """The last note that stands with the moves of the step or the task."""
        return [event["metadata"] for event in self.events(task)
                if event.get("step") == name and "by" in (event.get("metadata") or {})]


class StepActionScenarios(ManualScenarios):
    @rule("6.4", "6.2")
    def test_reset_for_retry_gives_a_step_all_its_attempts_again(self):
        self.given(step("a", retry={"max_attempts": 2, "backoff": "none"}), step("b", "a"))
        self.workers({"a": lambda run: fail_until_run(run, 4)})
        task = self.submitted()
        self.blocks(task)
        self.resolves(task, "a", "reset_for_retry", reason="fixed it", by="ann")
        self.ends(task)
        a = self.step(task, "a")
        self.assertEqual((a["attempts"], a["run"]), (2, 4))
        self.assertEqual(self.history(task, "a"), f"{RETRIED} {FAILED} {RETRIED} {DONE}")
        self.assertEqual(self.notes(task, "a")[0], {"reason": "fixed it", "by": "ann"})
        self.assertIn("blocked_by_failures evaluating_results enqueuing_steps", self.history(task))

    @rule("6.4")
    def test_resolve_manually_lets_the_children_go_on_without_a_result(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take("a"))
        body = self.resolves(task, "a", "resolve_manually", reason="not needed", by="ann")
        self.assertEqual((body["current_state"], body["status"]), ("resolved_manually", "steps_in_process"))
        run = hands.take("b")
        self.assertIn(run.dependency_results.get("a"), (None, b"null"))
        hands.succeeds(run)
        done = self.ends(task)
        self.assertEqual((done["completed_steps"], done["completion_percentage"]), (2, 100))

    @rule("6.4")
    def test_complete_manually_gives_data_that_children_read(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take("a"))
        self.resolves(task, "a", "complete_manually", b'{"by_hand": 1.10}', result={"frame": 0}, by="ann")
        run = hands.take("b")
        self.assertEqual(run.dependency_results, {"a": b'{"by_hand": 1.10}'})
        hands.succeeds(run)
        self.ends(task)
        self.assertEqual(self.result(task, "a"), {"by_hand": 1.10})

    @rule("6.4")
    def test_completing_a_running_step_takes_it_from_its_worker(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        self.becomes(task, "a", "in_progress")
        self.assertEqual(self.resolves(task, "a", "complete_manually")["status"], "complete")
        self.assertEqual(hands.cancelled()["step_uuid"], run.step_uuid)
        late = hands.succeeds(run, "late")
        self.assertEqual((late["status"], late["error"]["code"]), (409, "stale_run"))
        self.assertIsNone(self.result(task, "a"))

    @rule("6.4", "6.2")
    def test_a_second_failure_blocks_again_in_the_same_commit(self):
        self.given(step("a"), step("b"), step("c", "a"))
        hands = self.by_hand()
        task = self.submitted()
        runs = [hands.take("a"), hands.take("b")]
        for run in runs:
            hands.fails(run)
        body = self.resolves(task, "a", "resolve_manually")
        self.assertEqual(body["status"], "blocked_by_failures")
        self.assertEqual(self.resolves(task, "b", "resolve_manually")["status"], "steps_in_process")
        hands.succeeds(hands.take("c"))
        self.ends(task)

    @rule("6.2", "6.4")
    def test_what_was_held_goes_on_with_the_task(self):
        """A retry, an unsent step and a child that became ready meanwhile."""
        self.given(step("bad"), step("again"), step("ran"), step("child", "ran"))
        hands = self.by_hand()
        task = self.submitted()
        runs = {name: hands.take(name) for name in ("bad", "again", "ran")}
        hands.fails(runs["bad"])
        hands.fails(runs["again"], retryable=True, **hint(0.05))
        hands.succeeds(runs["ran"])
        self.assertTrue(hands.takes_nothing_more())
        self.resolves(task, "bad", "resolve_manually")
        for name in ("again", "child"):
            hands.succeeds(hands.take(name))
        self.ends(task)

    @rule("6.4", "5.5")
    def test_a_decision_completed_by_hand_makes_its_branches(self):
        self.given(step("a"), decides("d", "a"), step("b", "d"), step("c", "d"))
        self.workers({"d": fails(retryable=False)})
        task = self.submitted()
        self.blocks(task)
        refused = self.resolving(task, "d", "complete_manually", [b"{}"], result={"frame": 0})
        self.refused_with(refused, 400, "invalid_decision")
        self.assertEqual(self.task(task)["status"], "blocked_by_failures")
        self.resolves(task, "d", "complete_manually", json.dumps(create_steps("c")).encode(),
                      result={"frame": 0})
        self.assertEqual(names_of(self.ends(task)), ["a", "c", "d"])

    @rule("6.4")
    def test_only_a_step_in_error_can_be_reset(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted()
        self.refused_with(self.resolving(task, "b", "reset_for_retry"), 409, "invalid_transition")
        run = hands.take("a")
        self.refused_with(self.resolving(task, "a", "reset_for_retry"), 409, "invalid_transition")
        hands.succeeds(run)
        for action in ("reset_for_retry", "resolve_manually", "complete_manually"):
            self.refused_with(self.resolving(task, "a", action), 409, "invalid_transition")

    @rule("3.3", "6.4")
    def test_an_ended_task_takes_no_step_action(self):
        self.given(step("a"), step("b", "a"))
        self.workers({"b": fails(retryable=False)})
        task = self.submitted()
        self.blocks(task)
        self.cancelling(task)
        before = self.events(task)
        for name in "ab":
            for action in ("reset_for_retry", "resolve_manually", "complete_manually"):
                self.refused_with(self.resolving(task, name, action), 409, "task_ended")
        self.assertEqual(self.events(task), before)


def fail_until_run(run, good):
    if run.run < good:
        raise fails()
    return run.run


class TaskActionScenarios(ManualScenarios):
    def blocked(self, **fields):
        self.given(step("a"), step("b", "a"), step("c"), **fields)
        self.workers({"a": lambda run: fail_until_run(run, 2) if run.run > 1 else fails(retryable=False)})
        task = self.submitted()
        self.becomes(task, "c", "complete")
        self.blocks(task)
        return task

    @rule("6.4")
    def test_give_up_ends_a_blocked_task_in_error(self):
        task = self.blocked()
        reply = self.acting(task, "give_up", reason="no use", by="ann")
        self.assertEqual((reply.status, reply.body["status"]), (200, "error"))
        self.assertEqual(self.states(task), {"a": "error", "b": "cancelled", "c": "complete"})
        self.assertEqual(self.notes(task)[-1], {"reason": "no use", "by": "ann"})
        self.assertTrue(self.task(task)["completed_at"])

    @rule("6.4", "2.4")
    def test_a_task_in_error_frees_its_identity(self):
        task = self.blocked()
        self.refused_with(self.submitting(), 409, "duplicate_task")
        self.acting(task, "give_up")
        second = self.submitted()
        error = self.refused_with(self.acting(task, "reset"), 409, "duplicate_task")
        self.assertEqual(error["details"]["task_uuid"], second)

    @rule("6.4", "3.1", "3.3")
    def test_reset_starts_a_task_in_error_again(self):
        task = self.blocked()
        self.refused_with(self.acting(task, "reset"), 409, "invalid_transition")
        self.acting(task, "give_up")
        self.assertEqual(self.acting(task, "reset").body["reset_steps"], 2)
        self.ends(task)
        self.assertIn("blocked_by_failures error pending initializing", self.history(task))
        self.assertEqual(self.history(task, "a"), f"{FAILED} {DONE}")
        self.assertEqual(self.history(task, "b"), f"pending cancelled {DONE}")
        self.assertEqual(self.history(task, "c"), DONE)

    @rule("6.4", "3.1")
    def test_resolve_ends_any_open_task_as_resolved_manually(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        self.assertEqual(self.acting(task, "resolve").body["status"], "resolved_manually")
        self.assertEqual(hands.cancelled()["step_uuid"], run.step_uuid)
        self.assertEqual(hands.succeeds(run)["error"]["code"], "step_cancelled")
        self.assertEqual(self.states(task), {"a": "cancelled", "b": "cancelled"})
        for action in ("resolve", "give_up", "reset"):
            self.assertEqual(self.acting(task, action).status, 409)

    @rule("6.4", "3.3")
    def test_a_complete_task_takes_no_action(self):
        self.given(step("a"))
        self.workers()
        task = self.submitted()
        self.ends(task)
        before = self.events(task)
        for action in ("resolve", "give_up", "reset"):
            self.assertEqual(self.acting(task, action).status, 409)
        self.assertEqual(self.events(task), before)


class PauseScenarios(ManualScenarios):
    def pausing(self, task, word="PAUSE"):
        return self.client.request("TASK." + word, {"task_uuid": task})

    @rule("4.8")
    def test_running_steps_finish_and_nothing_new_starts(self):
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        self.assertEqual((self.pausing(task).status, self.pausing(task).body["paused"]), (200, True))
        self.assertEqual(hands.succeeds(run)["state"], "complete")
        self.assertTrue(hands.takes_nothing_more())
        self.assertIn("paused", self.task(task)["waiting_reason"])
        self.assertIs(self.pausing(task, "RESUME").body["paused"], False)
        hands.succeeds(hands.take("b"))
        self.ends(task)

    @rule("4.8")
    def test_a_paused_task_starts_no_retry_and_can_be_cancelled(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        hands.fails(hands.take(), retryable=True, **hint(0.15))
        self.pausing(task)
        other = self.submitted({"n": 2}, delay_ms=350)
        self.assertEqual(hands.take().task_uuid, other)
        self.assertTrue(self.task(task)["paused_at"])
        self.assertEqual(self.cancelling(task).status, 200)
        self.refused_with(self.pausing(task), 409, "task_ended")
        self.refused_with(self.pausing(task, "RESUME"), 409, "task_ended")


if __name__ == "__main__":
    unittest.main()
