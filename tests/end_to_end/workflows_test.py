"""Workflows of the model's shapes, from outside: exact results, branches that overlap, retries."""

import json
import threading
import time
import unittest

import arithmetic
from harness import (EndToEndTest, Failure, eventually, fixture, one_step, results_by_name,
                     steps_by_name, template)

BOUND_S = 20  # of handlers that wait for each other


class ShapesTest(EndToEndTest):
    """The numbers of the issue, as exact decimal strings."""

    @classmethod
    def setUpClass(cls):
        cls.expected = {
            "linear.yaml": {6: ["36", "1296", "1679616", "2821109907456"]},
            "diamond.yaml": {6: ["36", "1296", "1296", "2821109907456"]},
            "tree.yaml": {2: ["4", "16", "16", "256", "256", "256", "256",
                              "18446744073709551616"],
                          6: ["36", "1296", "1296", "1679616", "1679616", "1679616", "1679616",
                              "63340286662973277706162286946811886609896461828096"]},
            "mixed_dag.yaml": {2: ["4", "16", "16", "65536", "256", "256",
                                   "18446744073709551616"]},
        }

    def test_each_shape_gives_its_numbers(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        self.start_worker(daemon, ["e2e_" + file.split(".")[0] for file in self.expected],
                          {"*": arithmetic.work})
        for file, cases in self.expected.items():
            registered = client.put_template(fixture(file)).body
            for number, results in cases.items():
                with self.subTest(file=file, n=number):
                    task = client.wait(client.submit(registered["namespace"], registered["name"],
                                                     {"even_number": number}), "ended")
                    self.assertEqual(task["status"], "complete")
                    given = [str(json.loads(step["results"])) for step in task["steps"]]
                    self.assertEqual(given, results)
                    self.assertEqual([step["attempts"] for step in task["steps"]],
                                     [1] * len(results))
                    self.assertEqual({step["current_state"] for step in task["steps"]},
                                     {"complete"})
                    self.assertEqual(task["completion_percentage"], 100)

    def test_steps_hear_of_their_direct_parents_alone(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(template("t", "dag", {"a": [], "b": ["a"], "c": ["b"],
                                                  "d": ["a", "c"]}))
        self.start_worker(daemon, "t", {"*": lambda run: sorted(run.dependency_results)})
        task = client.wait(client.submit("t", "dag"))
        self.assertEqual(results_by_name(task),
                         {"a": "[]", "b": '["a"]', "c": '["b"]', "d": '["a","c"]'})
        self.assertEqual(steps_by_name(task)["d"]["dependencies"], ["a", "c"])


class OverlapTest(EndToEndTest):
    """Branches meet at a barrier, which only those pass that run at the same time."""

    def meet(self, worker_count, capacity):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(template("t", "wide", {"a": [], "b": ["a"], "c": ["a"],
                                                   "d": ["b", "c"]}))
        barrier = threading.Barrier(2)
        times = {}

        def branch(run):
            start = time.monotonic()
            barrier.wait(BOUND_S)
            times[run.step_name] = (start, time.monotonic())

        handlers = {"b": branch, "c": branch, "*": lambda run: None}
        workers = [self.start_worker(daemon, "t", handlers, capacity=capacity, name="w%d" % i)
                   for i in range(worker_count)]
        task = client.wait(client.submit("t", "wide"))
        self.assertEqual(task["status"], "complete")
        self.assertLess(times["b"][0], times["c"][1])
        self.assertLess(times["c"][0], times["b"][1])
        return task, workers

    def test_branches_overlap_in_one_worker(self):
        self.meet(worker_count=1, capacity=2)

    def test_two_workers_with_one_slot_share_the_branches(self):
        task, workers = self.meet(worker_count=2, capacity=1)
        names = {steps_by_name(task)[branch]["worker"] for branch in "bc"}
        self.assertEqual(names, {"w0", "w1"})
        self.assertEqual([worker.out_max for worker in workers], [1, 1])


class CapacityTest(EndToEndTest):
    def test_a_worker_never_gets_more_than_it_has_slots_for(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(template("t", "wide", {"s%d" % i: [] for i in range(40)}))
        both = threading.Barrier(3)  # the slots are really used: three run at a time
        counter = iter(range(1000))

        def work(run):
            if next(counter) < 3:
                both.wait(BOUND_S)

        worker = self.start_worker(daemon, "t", {"*": work}, capacity=3)
        tasks = [client.submit("t", "wide", {"n": n}) for n in range(3)]
        for task in tasks:
            self.assertEqual(client.wait(task)["status"], "complete")
        self.assertEqual(worker.out_max, 3)
        self.assertEqual(len(worker.seen("start")), 120)

    def test_only_matching_callables_come_to_a_worker(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(template("t", "two", {"charge_card": [], "send_mail": ["charge_card"]}))
        charger = self.start_worker(daemon, "t", {"*": lambda run: 1}, callables=["charge_*"],
                                    name="charger")
        task = client.submit("t", "two")
        eventually(lambda: client.get(task)["completed_steps"] == 1, "the first step is complete")
        mailer = self.start_worker(daemon, "t", {"*": lambda run: 2}, callables=["send_????"],
                                   name="mailer")
        self.assertEqual(client.wait(task)["status"], "complete")
        self.assertEqual(charger.seen(), [("charge_card", 1)])
        self.assertEqual(mailer.seen(), [("send_mail", 1)])


class RetryTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)

    def test_fail_twice_then_succeed_completes_on_the_third_run(self):
        self.client.put_template(fixture("retry_mechanics.yaml"))
        worker = self.start_worker(self.daemon, "e2e_retry", {"*": arithmetic.work})
        task = self.client.wait(self.client.submit("e2e_retry", "retry_mechanics"))
        step = task["steps"][0]
        self.assertEqual((task["status"], step["current_state"]), ("complete", "complete"))
        self.assertEqual((step["attempts"], step["max_attempts"], step["run"]), (3, 5, 3))
        self.assertEqual(step["results"], b'{"attempts_before_success":3}')
        self.assertEqual([attempt for _, attempt in worker.seen()], [1, 2, 3])

    def test_always_fail_ends_after_three_attempts_and_blocks_the_task(self):
        self.client.put_template(fixture("retry_exhaustion.yaml"))
        worker = self.start_worker(self.daemon, "e2e_retry", {"*": arithmetic.work})
        task = self.client.wait(self.client.submit("e2e_retry", "retry_exhaustion"))
        step = task["steps"][0]
        self.assertEqual((task["status"], step["current_state"]), ("blocked_by_failures", "error"))
        self.assertEqual((step["attempts"], step["results"]), (3, None))
        self.assertEqual(step["error"]["message"], "attempt 3 of 10 that fail")
        self.assertTrue(step["error"]["retryable"])
        self.assertEqual([attempt for _, attempt in worker.seen()], [1, 2, 3])
        self.assertFalse(task["ended"])

    def test_a_permanent_failure_is_not_tried_again(self):
        self.client.put_template(one_step("t", "one"))

        def work(run):
            raise Failure("no such card", retryable=False, code="card_unknown")

        worker = self.start_worker(self.daemon, "t", {"*": work})
        task = self.client.wait(self.client.submit("t", "one"))
        self.assertEqual(task["status"], "blocked_by_failures")
        error = task["steps"][0]["error"]
        self.assertEqual((error["code"], error["message"], error["retryable"]),
                         ("card_unknown", "no such card", False))
        self.assertEqual(worker.seen(), [("work", 1)])

    def test_a_step_that_is_not_retryable_has_one_attempt(self):
        self.client.put_template(one_step("t", "one", retry={"retryable": False,
                                                             "max_attempts": 3}))

        def work(run):
            raise Failure("later, please", retryable=True)

        worker = self.start_worker(self.daemon, "t", {"*": work})
        self.assertEqual(self.client.wait(self.client.submit("t", "one"))["status"],
                         "blocked_by_failures")
        self.assertEqual(worker.seen(), [("work", 1)])

    def test_retry_after_and_backoff_hint_order_the_second_runs(self):
        # Nothing but the order counts: all three fail at once, one asks for the longer wait.
        retry = {"max_attempts": 2, "backoff_base_ms": 100, "max_backoff_ms": 60000}
        self.client.put_template(template("t", "three", [
            {"name": name, "handler": {"callable": name}, "retry": retry}
            for name in ("header", "hint", "plain")]))
        barrier = threading.Barrier(3)
        wishes = {"header": {"headers": {"retry-after": "2"}},
                  "hint": {"backoff_hint": {"delay_seconds": 0}}, "plain": {}}

        def work(run):
            if run.attempt == 1:
                barrier.wait(BOUND_S)
                raise Failure("again", retryable=True, **wishes[run.step_name])

        worker = self.start_worker(self.daemon, "t", {"*": work})
        task = self.client.wait(self.client.submit("t", "three"))
        self.assertEqual(task["status"], "complete")
        second = [name for name, attempt in worker.seen() if attempt == 2]
        self.assertEqual(second, ["hint", "plain", "header"])

    def test_a_wished_wait_is_kept_to_the_millisecond_and_bounded(self):
        for wish, retry_max_ms, wait_ms in ((1000, 2_000_000, 1_000_000), (5000, 70_000, 70_000)):
            with self.subTest(wish=wish):
                name = "wait%d" % wish
                self.client.put_template(one_step("t", name, callable=name, retry={
                    "max_attempts": 2, "backoff_base_ms": 1, "max_backoff_ms": retry_max_ms}))

                def work(run):
                    raise Failure("again", headers={"Retry-After": str(wish)})

                self.start_worker(self.daemon, "t", {name: work}, callables=[name])
                before = time.time() * 1000
                task = self.client.submit("t", name)
                step = eventually(lambda: [step for step in self.client.get(task)["steps"]
                                           if step["current_state"] == "waiting_for_retry"],
                                  "the step waits")[0]
                after = time.time() * 1000
                self.assertLessEqual(int(before) + wait_ms, step["next_retry_at"])
                self.assertLessEqual(step["next_retry_at"], after + wait_ms)
                self.assertEqual(self.client.get(task)["status"], "waiting_for_retry")

    def test_one_failed_branch_blocks_the_task_and_lets_the_other_end(self):
        self.client.put_template(template("t", "fork", {"a": [], "bad": ["a"], "good": ["a"],
                                                        "both": ["bad", "good"]}))

        def fail(run):
            raise Failure("broken", retryable=False)

        worker = self.start_worker(self.daemon, "t", {"bad": fail, "*": lambda run: None})
        task = self.client.submit("t", "fork")
        self.client.wait(task)
        steps = eventually(lambda: self.states_when_good_is_complete(task), "the other has ended")
        self.assertEqual(steps, {"a": "complete", "bad": "error", "good": "complete",
                                 "both": "pending"})
        self.assertNotIn(("both", 1), worker.seen())

    def states_when_good_is_complete(self, task):
        states = {step["name"]: step["current_state"] for step in self.client.get(task)["steps"]}
        return states if states["good"] == "complete" else None


if __name__ == "__main__":
    unittest.main()
