"""Rule 5.6: what a failure of one worker of a batch means to the others."""

import unittest

from batch_words import batches, create_batches
from scenario import FAILED, Scenarios, fails, for_each_store, rule, steps_by_name

load_tests = for_each_store


class FailFastScenarios(Scenarios):
    def failing(self, context=None):
        """A batch of five of which three run, and the second has failed."""
        self.given(*batches(parallelism=3))
        hands = self.by_hand()
        task = self.submitted(context)
        hands.succeeds(hands.take("analyze"), create_batches(*range(1, 6)))
        runs = [hands.take("work_%d" % i) for i in (1, 2, 3)]
        hands.fails(runs[1])
        self.blocks(task)
        return hands, task, runs

    @rule("5.6", "6.2")
    def test_the_first_failure_cancels_what_runs_and_holds_the_rest(self):
        hands, task, runs = self.failing()
        told = [hands.cancelled(), hands.cancelled()]
        self.assertEqual({each["step_uuid"] for each in told}, {runs[0].step_uuid, runs[2].step_uuid})
        self.assertEqual({each["reason"] for each in told}, {"batch_failed"})
        self.assertEqual(self.states(task), {"analyze": "complete", "work_1": "cancelled", "work_2": "error",
                                             "work_3": "cancelled", "work_4": "pending", "work_5": "pending",
                                             "sum": "pending"})
        answer = hands.succeeds(runs[0], 1)
        self.assertEqual((answer["status"], answer["error"]["code"]), (409, "step_cancelled"))
        self.assertTrue(hands.takes_nothing_more())

    @rule("5.6", "6.4")
    def test_whatever_repairs_it_reopens_all(self):
        for action in ("reset_for_retry", "resolve_manually", "complete_manually"):
            with self.subTest(action=action):
                hands, task, runs = self.failing({"action": action})
                self.client.ok("STEP.RESOLVE", {"step_uuid": runs[1].step_uuid, "action": action})
                self.finish(hands, task, {"work_1", "work_3", "work_4", "work_5"} |
                            ({"work_2"} if action == "reset_for_retry" else set()))
                self.assertEqual(hands.succeeds(runs[0])["status"], 409)
                hands.close()

    def finish(self, hands, task, expected):
        """Who runs, one after the other, is exactly these."""
        ran = set()
        while ran != expected:
            run = hands.take()
            self.assertIn(run.step_name, expected - ran)
            self.assertEqual(run.attempt, 1)
            ran.add(run.step_name)
            hands.succeeds(run)
        hands.succeeds(hands.take("sum"))
        self.ends(task)

    @rule("5.6", "6.4")
    def test_a_retry_of_the_task_reopens_all(self):
        hands, task, _ = self.failing()
        self.client.ok("TASK.RESOLVE", {"task_uuid": task, "action": "retry"})
        self.finish(hands, task, {"work_%d" % i for i in range(1, 6)})

    @rule("5.6", "6.4")
    def test_a_cancelled_sibling_may_be_reset_but_the_task_waits_for_the_failure(self):
        hands, task, runs = self.failing()
        reset = {"step_uuid": runs[0].step_uuid, "action": "reset_for_retry"}
        done = self.client.ok("STEP.RESOLVE", reset).body
        self.assertEqual((done["current_state"], done["status"]), ("pending", "blocked_by_failures"))
        reset["step_uuid"] = runs[1].step_uuid
        self.client.ok("STEP.RESOLVE", reset)
        self.finish(hands, task, {"work_%d" % i for i in range(1, 6)})


class ToleratedScenarios(Scenarios):
    def ended(self, strategy, failing, count=4):
        self.given(*batches(failure_strategy=strategy))
        worker = self.workers({"analyze": create_batches(*range(count)),
                               **{"work_%d" % i: fails("no_such_item", retryable=False) for i in failing},
                               "sum": lambda run: [sorted(run.dependency_results),
                                                   getattr(run, "dependency_failures", {})]})
        task = self.submitted({"failing": list(failing)})
        done = self.ends(task)
        worker.stop()
        return task, done

    @rule("5.6", "6.1")
    def test_continue_on_failure(self):
        for failing in ([1], range(4)):
            with self.subTest(failing=failing):
                task, done = self.ended("continue_on_failure", failing)
                self.assertEqual((done["failed_steps"], done["tolerated_steps"]), (0, len(failing)))
                self.assertEqual(done["completion_percentage"], 100)
                step_of = steps_by_name(done)["work_1"]
                self.assertEqual((step_of["current_state"], step_of["failure_tolerated"]), ("error", True))
                self.assertEqual(self.history(task, "work_1"), FAILED)
                seen, failures = self.result(task, "sum")
                self.assertEqual(seen, ["work_%d" % i for i in range(4) if i not in failing])
                self.assertEqual(sorted(failures), ["work_%d" % i for i in failing])
                self.assertEqual(failures["work_1"],
                                 {"code": "no_such_item", "message": "it failed: no_such_item"})

    @rule("5.6", "6.1")
    def test_isolate(self):
        for failing in ([1], range(4)):
            with self.subTest(failing=failing):
                task, done = self.ended("isolate", failing)
                self.assertEqual(done["tolerated_steps"], len(failing))
                self.assertEqual(self.result(task, "sum"),
                                 [["work_%d" % i for i in range(4) if i not in failing], {}])

    @rule("5.6", "6.4")
    def test_a_tolerated_failure_may_be_reset_until_others_have_gone_on(self):
        self.given(*batches(failure_strategy="continue_on_failure", parallelism=2))
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("analyze"), create_batches(0, 1))
        run, other = hands.take("work_0"), hands.take("work_1")
        hands.fails(run)
        reset = {"step_uuid": run.step_uuid, "action": "reset_for_retry"}
        self.client.ok("STEP.RESOLVE", reset)
        self.assertEqual(self.task(task)["tolerated_steps"], 0)
        again = hands.take("work_0")
        self.assertEqual((again.run, again.attempt), (run.run + 1, 1))
        hands.fails(again)
        hands.succeeds(other)
        end = hands.take("sum")
        self.refused_with(self.client.request("STEP.RESOLVE", reset), 409, "invalid_transition")
        hands.succeeds(end)
        self.ends(task)


if __name__ == "__main__":
    unittest.main()
