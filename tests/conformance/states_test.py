"""Section 3: the states that tasks and steps pass through, and what is written down of it."""

import socket
import unittest

from scenario import (DONE, FAILED, RETRIED, Scenarios, create_steps, decides, fails, for_each_store,
                      rule, step)
import state_rules

load_tests = for_each_store

BEGUN = "pending initializing enqueuing_steps steps_in_process"
GOES_ON = "evaluating_results enqueuing_steps steps_in_process"


class HistoryScenarios(Scenarios):
    @rule("3.1")
    def test_one_step(self):
        self.given(step("a"))
        self.workers()
        task = self.submitted()
        self.ends(task)
        self.passes(task, BEGUN + " evaluating_results complete", a=DONE)

    @rule("3.1")
    def test_one_step_after_the_other(self):
        self.given(step("a"), step("b", "a"))
        self.workers()
        task = self.submitted()
        self.ends(task)
        self.passes(task, f"{BEGUN} {GOES_ON} evaluating_results complete", a=DONE, b=DONE)

    @rule("3.1")
    def test_a_result_while_others_run_leaves_the_task_in_process(self):
        self.given(step("a"), step("b"))
        hands = self.by_hand()
        task = self.submitted()
        a, b = hands.take("a"), hands.take("b")
        hands.succeeds(b)
        self.assertEqual(self.task(task)["status"], "steps_in_process")
        hands.succeeds(a)
        self.passes(task, BEGUN + " evaluating_results steps_in_process evaluating_results complete",
                    a=DONE, b=DONE)

    @rule("3.1")
    def test_a_task_that_only_waits_for_a_retry(self):
        self.given(step("a", retry={"backoff": "linear", "backoff_base_ms": 20}))
        self.workers({"a": [fails(), "fine"]})
        task = self.submitted()
        self.ends(task)
        self.passes(task, BEGUN + " evaluating_results waiting_for_retry enqueuing_steps"
                                  " steps_in_process evaluating_results complete",
                    a=RETRIED + " " + DONE)

    @rule("3.1")
    def test_a_retry_beside_a_running_step_does_not_make_the_task_wait(self):
        self.given(step("a", retry={"backoff": "linear", "backoff_base_ms": 20}), step("b"))
        hands = self.by_hand()
        task = self.submitted()
        a, b = hands.take("a"), hands.take("b")
        hands.fails(a, retryable=True)
        self.assertEqual(self.task(task)["status"], "steps_in_process")
        hands.succeeds(hands.take("a"))
        hands.succeeds(b)
        self.ends(task)
        self.assertNotIn("waiting_for_retry", self.history(task).split())
        self.assertEqual(self.history(task, "a"), RETRIED + " " + DONE)

    @rule("3.1")
    def test_the_last_running_step_leaves_the_task_waiting_for_the_retry(self):
        self.given(step("a"), step("b", retry={"backoff": "none"}))
        hands = self.by_hand()
        task = self.submitted()
        a, b = hands.take("a"), hands.take("b")
        hands.fails(a, retryable=True, backoff_hint={"delay_seconds": 20})
        hands.succeeds(b)
        self.assertEqual(self.task(task)["status"], "waiting_for_retry")

    @rule("3.1", "6.2")
    def test_a_permanent_failure(self):
        self.given(step("a"), step("b", "a"))
        self.workers({"a": fails(retryable=False)})
        task = self.submitted()
        self.blocks(task)
        self.passes(task, BEGUN + " evaluating_results blocked_by_failures", a=FAILED, b="pending")

    @rule("3.1", "3.2")
    def test_every_move_is_in_the_tables(self):
        """A workflow with a decision, retries, parallel steps and a failure: each row is a legal move
        that begins where the one before it ended."""
        self.given(step("start"), decides("choose", "start"), step("one", "choose"), step("two", "choose"),
                   step("not_chosen", "choose"), step("join", "one", "two", "not_chosen",
                                                      type="deferred_convergence"),
                   step("last", "join", retry={"max_attempts": 2, "backoff": "none"}), step("beside"))
        self.workers({"choose": create_steps("one", "two"), "one": [fails(), 1],
                      "last": [fails(), fails()]}, capacity=2)
        task = self.submitted()
        self.blocks(task)
        self.cancelling(task)
        self.assertEqual(self.judged(task), {"task", "start", "choose", "one", "two", "join", "last",
                                             "beside"})

    def judged(self, task):
        """Checks each row of the history; whose rows there were."""
        at = {}
        for event in self.events(task):
            name = event.get("step", "task")
            allowed = state_rules.ALLOWED_STEP if "step" in event else state_rules.ALLOWED_TASK
            self.assertEqual(event["from"], at.get(name, "none"))
            self.assertIn((event["from"], event["event"], event["to"]), allowed, name)
            at[name] = event["to"]
        return set(at)

    @rule("3.2")
    def test_no_task_rests_in_a_state_of_passage(self):
        """Whenever anybody looks, while four steps run one after the other in two ways."""
        self.given(step("a"), step("b", "a"), step("c"), step("d", "b", "c"))
        hands = self.by_hand()
        tasks = [self.submitted({"n": number}) for number in range(5)]
        for _ in range(4 * len(tasks)):
            hands.succeeds(hands.take())
            for word in state_rules.NEVER_RESTED_IN:
                found = self.client.ok("TASK.LIST", {"namespace": self.namespace, "status": word})
                self.assertEqual(found.body["tasks"], [])
        for task in tasks:
            self.ends(task)
            self.assertLessEqual(state_rules.NEVER_RESTED_IN, set(self.history(task).split()))


class TerminalScenarios(Scenarios):
    @rule("3.3")
    def test_nothing_leaves_complete(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        hands.succeeds(run)
        before = self.events(task)
        self.refused_with(self.cancelling(task), 409, "task_ended")
        hands.fails(run, retryable=True)
        self.assertEqual(self.events(task), before)

    @rule("3.3")
    def test_nothing_leaves_cancelled(self):
        self.given(step("a"))
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take()
        self.assertEqual(self.cancelling(task).status, 200)
        before = self.events(task)
        self.refused_with(self.cancelling(task), 409, "task_ended")
        hands.succeeds(run)
        self.assertEqual((self.events(task), self.task(task)["status"]), (before, "cancelled"))

    @rule("3.3")
    def test_a_task_that_is_not_there_can_not_be_changed(self):
        nobody = "00000000-0000-4000-8000-000000000000"
        self.refused_with(self.cancelling(nobody), 404, "unknown_task")
        self.refused_with(self.cancelling("nobody"), 400, "not_a_uuid", "/task_uuid")


class RecordScenarios(Scenarios):
    @rule("3.4")
    def test_each_row_has_its_number_time_run_and_worker(self):
        self.given(step("a", retry={"backoff": "none"}), step("b", "a"))
        self.workers({"a": [fails(), 1]}, name="recorder")
        task = self.submitted()
        done = self.ends(task)
        events = self.events(task)
        self.assertEqual([event["number"] for event in events], list(range(1, len(events) + 1)))
        times = [event["at"] for event in events]
        self.assertTrue(done["created_at"] <= min(times) and max(times) <= done["completed_at"])
        started = [event for event in events if event["event"] == "Start" and event.get("step") == "a"]
        self.assertEqual([(event["run"], event["worker"]) for event in started],
                         [(1, "recorder"), (2, "recorder")])
        self.assertEqual({event["node"] for event in events}, {socket.gethostname()})
        self.assertEqual({event["step_uuid"] for event in events if event.get("step") == "b"},
                         {self.step(task, "b")["step_uuid"]})

    @rule("3.4")
    def test_each_task_counts_for_itself(self):
        self.given(step("a"))
        self.workers()
        tasks = [self.submitted({"n": number}) for number in range(3)]
        for task in tasks:
            self.ends(task)
            numbers = [event["number"] for event in self.events(task)]
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    @rule("3.4")
    def test_why_somebody_intervened_is_kept(self):
        self.given(step("a"))
        task = self.submitted()
        self.cancelling(task, reason="not needed \u20ac", by="ann")
        last = [event for event in self.events(task) if "step" not in event][-1]
        self.assertEqual((last["event"], last["metadata"]["reason"], last["metadata"]["by"]),
                         ("Cancel", "not needed \u20ac", "ann"))


if __name__ == "__main__":
    unittest.main()
