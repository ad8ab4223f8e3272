"""The commands around a task: duplicates, TASK.WAIT, CANCEL and LIST, time limits."""

import time
import unittest
import uuid

from harness import EndToEndTest, Failure, eventually, one_step, template

BOUND_S = 20


class DuplicatesTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)

    def submit(self, context=None, **fields):
        return self.client.try_submit("t", "one", context, **fields)

    def refused(self, reply, status, code):
        self.assertEqual((reply.status, reply.body["error"]["code"]), (status, code), reply)
        return reply.body["error"].get("details")

    def test_the_same_context_is_a_duplicate_in_any_order_of_keys(self):
        self.client.put_template(one_step("t", "one"))
        first = self.submit({"a": 1, "b": [1, 2]}).body["task_uuid"]
        again = self.submit(b' {"b" :[1,2], "a": 1}')
        self.assertEqual(self.refused(again, 409, "duplicate_task")["task_uuid"], first)
        self.assertEqual(self.submit({"a": 1, "b": [2, 1]}).status, 201)
        returned = self.submit({"a": 1, "b": [1, 2]}, on_duplicate="return")
        self.assertEqual((returned.status, returned.body["task_uuid"]), (200, first))

    def test_a_key_decides_whatever_the_context_says(self):
        self.client.put_template(one_step("t", "one"))
        first = self.submit({"a": 1}, idempotency_key="k").body["task_uuid"]
        again = self.submit({"a": 2}, idempotency_key="k")
        self.assertEqual(self.refused(again, 409, "duplicate_task")["task_uuid"], first)
        self.assertEqual(self.submit({"a": 1}, idempotency_key="l").status, 201)
        self.assertEqual(self.client.get(first)["idempotency_key"], "k")

    def test_allow_if_ended_makes_a_new_task_only_behind_an_ended_one(self):
        self.client.put_template(one_step("t", "one"))
        first = self.submit({"a": 1}).body["task_uuid"]
        early = self.submit({"a": 1}, on_duplicate="allow_if_ended")
        self.assertEqual(self.refused(early, 409, "duplicate_task")["task_uuid"], first)
        with self.daemon.worker("t", {"*": lambda run: None}):
            self.client.wait(first, "ended")
        second = self.submit({"a": 1}, on_duplicate="allow_if_ended")
        self.assertEqual(second.status, 201)
        third = self.submit({"a": 1}, on_duplicate="allow_if_ended")
        self.assertEqual(self.refused(third, 409, "duplicate_task")["task_uuid"],
                         second.body["task_uuid"])

    def test_strategies(self):
        self.client.put_template(one_step("t", "keyed")[:-1]
                                 + ',"identity_strategy":"caller_provided"}')
        self.client.put_template(one_step("t", "free")[:-1]
                                 + ',"identity_strategy":"always_unique"}')
        self.refused(self.client.try_submit("t", "keyed", {}), 400, "idempotency_key_required")
        self.assertEqual(self.client.try_submit("t", "keyed", {}, idempotency_key="k").status, 201)
        auto = str(uuid.uuid4())
        first = self.client.try_submit("t", "free", {}, auto_idempotency_key=auto)
        self.assertEqual(self.client.try_submit("t", "free", {}).status, 201)
        details = self.refused(self.client.try_submit("t", "free", {}, auto_idempotency_key=auto),
                               409, "duplicate_task")
        self.assertEqual(details, {"task_uuid": first.body["task_uuid"],
                                   "auto_idempotency_key": auto})

    def test_one_bad_task_of_several_does_not_hurt_the_others(self):
        self.client.put_template(one_step("t", "one"))
        requests = [{"namespace": "t", "name": "one", "context": {"frame": 0}},
                    {"namespace": "t", "name": "missing"},
                    {"namespace": "t", "name": "one", "context": {"frame": 0}},
                    {"namespace": "t", "name": "one", "priority": 101},
                    {"namespace": "t", "name": "one", "context": {"frame": 1}}]
        reply = self.client.ok("TASK.SUBMIT", {"tasks": requests}, [{"a": 1}, {"a": 2}])
        items = reply.body["tasks"]
        self.assertEqual([item["status"] for item in items], [201, 404, 409, 400, 201])
        self.assertEqual(items[2]["error"]["details"]["task_uuid"], items[0]["task_uuid"])
        self.assertEqual(items[3]["error"]["where"], "/tasks/3/priority")


class WaitAndCancelTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.opened = self.gate()

    def hold(self, run):
        if not self.opened.wait(BOUND_S):
            raise Failure("nobody opened the gate", retryable=False)

    def test_wait_comes_back_with_the_state_when_its_time_is_over(self):
        self.client.put_template(one_step("t", "one"))
        task = self.client.submit("t", "one")
        reply = self.client.ok("TASK.WAIT", {"task_uuid": task, "timeout_ms": 10})
        self.assertEqual((reply.body["settled"], reply.body["ended"]), (False, False))
        self.assertNotIn("steps", reply.body)

    def test_many_wait_and_all_are_answered_at_the_end(self):
        self.client.put_template(one_step("t", "one"))
        self.start_worker(self.daemon, "t", {"*": self.hold})
        task = self.client.submit("t", "one")
        waits = [self.client.send("TASK.WAIT", {"task_uuid": task, "until": until,
                                                "timeout_ms": 30000})
                 for until in ("settled", "ended") * 5]
        eventually(lambda: self.daemon.stats()["gateway"]["waiting_clients"] == 10, "ten wait")
        self.opened.set()
        self.assertEqual({self.client.receive(number).body["status"] for number in waits},
                         {"complete"})

    def test_a_blocked_task_is_settled_and_not_ended(self):
        self.client.put_template(one_step("t", "one", retry={"retryable": False}))

        def work(run):
            raise Failure("no", retryable=False)

        self.start_worker(self.daemon, "t", {"*": work})
        task = self.client.submit("t", "one")
        self.assertEqual(self.client.wait(task, "settled")["status"], "blocked_by_failures")
        reply = self.client.ok("TASK.WAIT", {"task_uuid": task, "until": "ended",
                                             "timeout_ms": 10})
        self.assertEqual((reply.body["settled"], reply.body["ended"]), (True, False))

    def test_cancel_reaches_the_worker_and_its_late_result_is_refused(self):
        self.client.put_template(template("t", "two", {"a": [], "b": ["a"]}))
        worker = self.start_worker(self.daemon, "t", {"*": self.hold})
        task = self.client.submit("t", "two")
        eventually(worker.seen, "the first step runs")
        _, run = worker.history[0]
        reply = self.client.ok("TASK.CANCEL", {"task_uuid": task, "reason": "wrong", "by": "me"})
        self.assertEqual(reply.body, {"task_uuid": task, "status": "cancelled",
                                      "cancelled_steps": 2})
        self.assertTrue(run.cancelled.wait(BOUND_S), "STEP.CANCEL came")
        late = self.client.ok("STEP.RESULT", {"results": [dict(run.fence(), success=True)]})
        self.assertEqual((late.body["results"][0]["status"],
                          late.body["results"][0]["error"]["code"]), (409, "step_cancelled"))
        again = self.client.request("TASK.CANCEL", {"task_uuid": task})
        self.assertEqual((again.status, again.body["error"]["code"]), (409, "task_ended"))
        done = self.client.wait(task, "ended")
        self.assertEqual((done["status"], done["cancelled_steps"]), ("cancelled", 2))
        self.assertEqual({step["current_state"] for step in done["steps"]}, {"cancelled"})

    def test_cancel_frees_the_slot(self):
        self.client.put_template(one_step("t", "one"))
        worker = self.start_worker(self.daemon, "t", {"*": self.cancellable}, capacity=1)
        first = self.client.submit("t", "one", {"n": 1})
        eventually(worker.seen, "the first runs")
        second = self.client.submit("t", "one", {"n": 2})
        self.client.ok("TASK.CANCEL", {"task_uuid": first})
        self.opened.set()
        self.assertEqual(self.client.wait(second)["status"], "complete")

    def cancellable(self, run):
        if not run.cancelled.wait(0):
            self.opened.wait(BOUND_S)

    def test_what_is_not_there(self):
        for command in ("TASK.GET", "TASK.STEPS", "TASK.WAIT", "TASK.CANCEL"):
            reply = self.client.request(command, {"task_uuid": str(uuid.uuid4())})
            self.assertEqual((reply.status, reply.body["error"]["code"]), (404, "unknown_task"),
                             command)


class ListTest(EndToEndTest):
    def test_pages_and_filters(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        for name in ("one", "two"):
            client.put_template(one_step("t", name))
        tasks = []
        for n in range(7):
            tasks.append(client.submit("t", "one" if n % 2 else "two", {"n": n}))
            self.pass_a_millisecond()
        client.ok("TASK.CANCEL", {"task_uuid": tasks[3]})

        def ids(**filters):
            found, pages = [], 0
            while True:  # ends with the last page
                body = client.ok("TASK.LIST", filters).body
                found += [task["task_uuid"] for task in body["tasks"]]
                pages += 1
                if not body["next"]:
                    return found, pages
                filters["after"] = body["next"]

        newest_first = tasks[::-1]
        self.assertEqual(ids()[0], newest_first)
        found, pages = ids(limit=2)
        self.assertEqual((found, pages >= 4), (newest_first, True))
        self.assertEqual(ids(name="one", limit=2)[0], [tasks[5], tasks[3], tasks[1]])
        self.assertEqual(ids(status="cancelled")[0], [tasks[3]])
        self.assertEqual(ids(namespace="other")[0], [])
        self.assertEqual(ids(namespace="t", name="two", status="steps_in_process")[0],
                         [tasks[6], tasks[4], tasks[2], tasks[0]])


    def pass_a_millisecond(self):
        """Tasks of one millisecond have no order among them."""
        before = time.time_ns() // 1_000_000
        eventually(lambda: time.time_ns() // 1_000_000 > before, "time passes", every=0)


class TimeLimitTest(EndToEndTest):
    def test_a_run_that_takes_too_long_is_tried_again_and_its_result_is_stale(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(one_step("t", "slow", timeout_seconds=1, retry={
            "max_attempts": 2, "backoff_base_ms": 1}))
        gate = self.gate()

        def work(run):
            if run.attempt == 1:
                gate.wait(BOUND_S)
            return run.attempt

        worker = self.start_worker(daemon, "t", {"*": work}, capacity=2)
        task = client.wait(client.submit("t", "slow"))
        step = task["steps"][0]
        self.assertEqual((task["status"], step["attempts"], step["results"]),
                         ("complete", 2, b"2"))
        first = worker.history[0][1]
        gate.set()
        late = client.ok("STEP.RESULT", {"results": [dict(first.fence(), success=True)]})
        self.assertEqual(late.body["results"][0]["error"]["code"], "stale_run")
        self.assertEqual(client.get(task["task_uuid"])["steps"][0]["results"], b"2")

    def test_the_last_attempt_that_takes_too_long_blocks_the_task(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(one_step("t", "slow", timeout_seconds=1,
                                     retry={"retryable": True, "max_attempts": 1}))
        gate = self.gate()
        self.start_worker(daemon, "t", {"*": lambda run: gate.wait(BOUND_S)})
        task = client.wait(client.submit("t", "slow"))
        self.assertEqual(task["status"], "blocked_by_failures")
        self.assertEqual(task["steps"][0]["error"]["code"], "step_timeout")

    def test_delays_hold_the_first_steps_back(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(one_step("t", "one"))
        worker = self.start_worker(daemon, "t", {"*": lambda run: None})
        before = int(time.time() * 1000)
        later = client.submit("t", "one", {"n": 1}, delay_ms=3_600_000)
        fixed = client.submit("t", "one", {"n": 2}, run_at=before + 7_200_000)
        soon = client.submit("t", "one", {"n": 3}, delay_ms=50)
        self.assertEqual(client.wait(soon)["status"], "complete")
        self.assertEqual(len(worker.seen()), 1)
        after = int(time.time() * 1000)
        self.assertTrue(before + 3_600_000 <= client.get(later)["due_at"] <= after + 3_600_000)
        self.assertEqual(client.get(fixed)["due_at"], before + 7_200_000)


if __name__ == "__main__":
    unittest.main()
