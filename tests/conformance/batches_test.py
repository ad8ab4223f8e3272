"""Rule 5.6: batches make workers, and so many of them run at once."""

import json
import unittest

from batch_words import batches, create_batches, no_batches, workers_of
from scenario import DONE, Scenarios, fails, for_each_store, names_of, rule, step, steps_by_name

load_tests = for_each_store


class InputScenarios(Scenarios):
    @rule("5.6")
    def test_each_cursor_is_a_step_with_inputs_of_its_own(self):
        """Cursors hold any JSON, byte for byte; what is given to one wins over what is given to all."""
        values = ('0.10', '"a\\u0000b"', '{"key": [1, null]}', '123456789012345678901234567890')
        cursors = ",".join('{"batch_id": "b-%d", "start_cursor": %s, "end_cursor": null}' % (i, value)
                           for i, value in enumerate(values))
        self.given(*batches(initialization={"operation": "sum", "is_no_op": "overridden"}))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), (
            '{"batch_processing_outcome": {"type": "create_batches", "cursor_configs": [%s]}}'
            % cursors).encode())
        for i, value in enumerate(values):
            run = hands.take("work_b-%d" % i)
            inputs = json.loads(run.initialization)
            self.assertIn(b'"start_cursor":' + value.encode(), run.initialization)
            self.assertEqual(inputs["cursor"]["batch_id"], "b-%d" % i)
            self.assertEqual((inputs["cursor"]["end_cursor"], inputs["cursor"]["batch_size"]), (None, None))
            self.assertEqual((inputs["operation"], inputs["is_no_op"]), ("sum", False))
            self.assertEqual(inputs["batch_metadata"],
                             {"cursor_field": "id", "failure_strategy": "fail_fast"})
            self.assertEqual((inputs["__template_step_name"], run.template_step_name), ("work", "work"))
            self.assertEqual((run.callable, list(run.dependency_results)), ("work", ["analyze"]))
            hands.succeeds(run, i)
        run = hands.take("sum")
        self.assertEqual({name: json.loads(result) for name, result in run.dependency_results.items()},
                         {"work_b-%d" % i: i for i in range(4)})
        hands.succeeds(run)
        self.assertEqual(self.step(task, "work_b-1")["template_step_name"], "work")
        self.ends(task)
        self.passes(task, self.history(task), **{"work_b-0": DONE, "sum": DONE})

    @rule("5.6")
    def test_without_batches_there_is_a_placeholder(self):
        self.given(*batches())
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), no_batches())
        run = hands.take("work_000")
        inputs = json.loads(run.initialization)
        self.assertEqual(inputs["cursor"],
                         {"batch_id": "000", "start_cursor": 0, "end_cursor": 0, "batch_size": 0})
        self.assertIs(inputs["is_no_op"], True)
        hands.succeeds(run)
        hands.succeeds(hands.take("sum"))
        self.assertEqual(names_of(self.ends(task)), ["analyze", "sum", "work_000"])

    @rule("5.6", "5.3")
    def test_many_workers_are_not_sent_the_list_of_all(self):
        """They are told so, and may ask for it; what depends on the batchable itself is sent it."""
        self.given(*batches(parallelism=1), step("other", "analyze"))
        hands = self.by_hand()
        self.submitted()
        answer = create_batches(*range(257))
        hands.succeeds(hands.take("analyze"), answer)
        run = hands.take("work_0")
        self.assertEqual((run.dependency_results, run.truncated), ({}, True))
        status, body = hands.request("STEP.INPUTS", dict(run.fence(), session=hands.session,
                                                         names=["analyze"]))
        self.assertEqual((status, list(body["inputs"])), (200, ["analyze"]))
        self.assertEqual(list(hands.take("other").dependency_results), ["analyze"])

    @rule("5.6")
    def test_all_of_it_is_made_in_the_commit_of_the_result(self):
        self.given(*batches())
        hands = self.by_hand()
        task = self.submitted()
        run = hands.take("analyze")
        self.assertEqual(list(self.states(task)), ["analyze"])
        hands.succeeds(run, create_batches(1, 2, 3))
        self.assertEqual(set(self.states(task)), {"analyze", "work_1", "work_2", "work_3", "sum"})
        self.assertEqual(self.history(task, "sum"), "pending")


class ParallelScenarios(Scenarios):
    @rule("5.6")
    def test_a_slot_goes_on_in_the_commit_in_which_it_is_free(self):
        """By a success, and by a failure that is tolerated. A retry keeps it."""
        self.given(*batches(parallelism=2, failure_strategy="continue_on_failure",
                            retry={"max_attempts": 2, "backoff": "none"}))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), create_batches(*range(5)))
        first, second = hands.take("work_0"), hands.take("work_1")
        self.assertEqual(workers_of(self.states(task)),
                         ["work_0", "work_1"])
        self.assertIn("as may run at once", self.step(task, "work_2")["waiting_reason"])
        hands.fails(first, retryable=True)
        first = hands.take("work_0")
        self.assertEqual(first.attempt, 2)
        self.assertEqual(workers_of(self.states(task)), ["work_0", "work_1"])
        hands.succeeds(second)
        third = hands.take("work_2")
        hands.fails(first, retryable=True)  # its last attempt
        fourth = hands.take("work_3")
        self.assertEqual(workers_of(self.states(task)), ["work_2", "work_3"])
        self.assertTrue(hands.takes_nothing_more())
        for run in (third, fourth):
            hands.succeeds(run)
        hands.succeeds(hands.take("work_4"))
        hands.succeeds(hands.take("sum"))
        self.ends(task)

    @rule("5.6", "5.1")
    def test_results_of_many_in_one_message(self):
        self.given(*batches(parallelism=3))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), create_batches(*range(9)))
        for _ in range(3):
            runs = [hands.take() for _ in range(3)]
            self.assertTrue(hands.takes_nothing_more())
            status, body = hands.request("STEP.RESULT", {"session": hands.session, "results": [
                dict(run.fence(), success=True, result={"frame": 0}) for run in runs + runs[:1]]}, [b"1"])
            self.assertEqual((status, [each["status"] for each in body["results"]]), (200, [200] * 4))
        self.assertEqual(len(hands.take("sum").dependency_results), 9)
        self.assertEqual(self.task(task)["completed_steps"], 10)

    @rule("5.6", "4.8")
    def test_a_paused_task_keeps_its_slots(self):
        self.given(*batches(parallelism=1))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), create_batches(0, 1))
        run = hands.take("work_0")
        self.client.ok("TASK.PAUSE", {"task_uuid": task})
        hands.succeeds(run)
        self.assertTrue(hands.takes_nothing_more())
        self.assertEqual(self.states(task)["work_1"], "enqueued")
        self.client.ok("TASK.RESUME", {"task_uuid": task})
        hands.succeeds(hands.take("work_1"))
        hands.succeeds(hands.take("sum"))
        self.ends(task)

    @rule("5.6", "6.5")
    def test_cancel_ends_all_of_a_batch(self):
        self.given(*batches(parallelism=2, failure_strategy="continue_on_failure"))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), create_batches(0, 1, 2, 3))
        hands.fails(hands.take("work_0"))
        runs = [hands.take("work_1"), hands.take("work_2")]
        self.assertEqual(self.cancelling(task).status, 200)
        self.assertEqual({hands.cancelled()["step_uuid"] for _ in runs}, {run.step_uuid for run in runs})
        self.ends(task, "cancelled")
        self.assertEqual(self.states(task), {"analyze": "complete", "work_0": "error", "work_1": "cancelled",
                                             "work_2": "cancelled", "work_3": "cancelled", "sum": "cancelled"})


class WorkerScenarios(Scenarios):
    options = {"heartbeat_ms": 200, "lost_after_ms": 600}

    @rule("5.6", "4.2")
    def test_a_worker_of_a_batch_has_its_attempts(self):
        self.given(*batches(retry={"max_attempts": 3, "backoff": "none"}))
        self.workers({"analyze": create_batches(0, 1), "work_1": [fails(), fails(), "at last"]})
        task = self.submitted()
        self.assertEqual(steps_by_name(self.ends(task))["work_1"]["attempts"], 3)

    @rule("5.6", "4.6")
    def test_a_lost_worker(self):
        self.given(*batches())
        hands = self.by_hand(heartbeat_ms=200, lost_after_ms=600)
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), create_batches(0))
        hands.take("work_0")
        hands.vanish()
        self.workers()
        self.assertEqual(steps_by_name(self.ends(task))["work_0"]["attempts"], 1)

    @rule("5.6", "4.5")
    def test_a_time_limit_is_a_failure_like_others(self):
        self.given(*batches(failure_strategy="continue_on_failure", timeout_seconds=1, parallelism=2,
                            retry={"max_attempts": 1}))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), create_batches(*range(4)))
        for number in range(4):
            hands.take("work_%d" % number)
        run = hands.take("sum")
        self.assertEqual({each["code"] for each in run.dependency_failures.values()}, {"step_timeout"})
        hands.succeeds(run)
        self.assertEqual(self.ends(task)["tolerated_steps"], 4)

    @rule("5.6", "5.1")
    def test_a_crash_in_the_middle(self):
        if "memory" in self.store_url:
            self.skipTest("nothing is left in memory")
        self.given(*batches(parallelism=2))
        worker = self.workers({"analyze": create_batches(*range(20)),
                               "sum": lambda run: len(run.dependency_results)})
        task = self.submitted()
        for number in (2, 9):
            self.becomes(task, "work_%d" % number, "complete")
            self.server.sigkill()
            self.server.start()
        self.assertEqual(self.ends(task)["completed_steps"], 22)
        self.assertEqual(self.result(task, "sum"), 20)
        worker.stop()


if __name__ == "__main__":
    unittest.main()
