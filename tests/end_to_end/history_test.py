"""The history of a task: TASK.EVENTS page by page and waiting, and `taskmesh task history`."""

import json
import threading
import time
import unittest
import uuid

from harness import EndToEndTest, Failure, eventually, one_step, template

BOUND_S = 30


class EventsTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)

    def events(self, task, **fields):
        return self.client.ok("TASK.EVENTS", dict(fields, task_uuid=task)).body

    def test_every_passage_is_there_with_its_number(self):
        self.client.put_template(template("t", "two", {"a": [], "b": ["a"]}))
        self.start_worker(self.daemon, "t", {"*": lambda run: 1}, name="w")
        before = int(time.time() * 1000)
        task = self.client.submit("t", "two")
        done = self.client.wait(task)
        body = self.events(task)
        self.assertEqual((body["task_uuid"], body["status"], body["settled"], body["ended"]),
                         (task, "complete", True, True))
        events = body["events"]
        self.assertEqual([event["number"] for event in events],
                         list(range(1, body["last"] + 1)))
        times = [event["at"] for event in events]
        self.assertTrue(all(before <= at <= int(time.time() * 1000) for at in times))
        ids = {step["name"]: step["step_uuid"] for step in done["steps"]}
        for name in "ab":
            of_step = [event for event in events if event.get("step") == name]
            self.assertEqual({event["step_uuid"] for event in of_step}, {ids[name]})
            self.assertEqual([(event["from"], event["to"], event["event"]) for event in of_step],
                             [("none", "pending", "Create"),
                              ("pending", "enqueued", "Enqueue"),
                              ("enqueued", "in_progress", "Start"),
                              ("in_progress", "enqueued_for_orchestration",
                               "EnqueueForOrchestration"),
                              ("enqueued_for_orchestration", "complete", "Complete")])
            started = of_step[2]
            self.assertEqual((started["run"], started["worker"]), (1, "w"))
        of_task = [event for event in events if "step_uuid" not in event]
        self.assertNotIn("step", of_task[0])
        self.assertEqual((of_task[0]["event"], of_task[0]["from"], of_task[-1]["to"]),
                         ("Create", "none", "complete"))
        for earlier, later in zip(of_task, of_task[1:]):
            self.assertEqual(earlier["to"], later["from"])

    def test_pages(self):
        self.client.put_template(template("t", "many", {f"s{n}": [] for n in range(60)}))
        self.start_worker(self.daemon, "t", {"*": lambda run: 1})
        task = self.client.submit("t", "many")
        self.client.wait(task)
        whole = self.events(task, limit=1000)
        self.assertGreater(whole["last"], 300)
        self.assertEqual(len(whole["events"]), whole["last"])
        self.assertEqual(len(self.events(task)["events"]), 200)
        paged, last = [], 0
        while last < whole["last"]:
            page = self.events(task, after=last, limit=7)
            self.assertTrue(1 <= len(page["events"]) <= 7)
            paged += page["events"]
            last = page["events"][-1]["number"]
        self.assertEqual(paged, whole["events"])
        self.assertEqual(self.events(task, after=whole["last"])["events"], [])

    def test_a_reason_is_kept_as_metadata(self):
        self.client.put_template(one_step("t", "one"))
        task = self.client.submit("t", "one")
        self.client.ok("TASK.CANCEL", {"task_uuid": task, "reason": "why \u00e9", "by": "me"})
        last = [event for event in self.events(task)["events"] if "step" not in event][-1]
        self.assertEqual((last["event"], last["to"]), ("Cancel", "cancelled"))
        self.assertEqual(last["metadata"]["reason"], "why \u00e9")

    def test_waiting_ends_with_the_next_event(self):
        gate = self.gate()
        self.client.put_template(one_step("t", "one"))
        worker = self.start_worker(self.daemon, "t", {"*": lambda run: gate.wait(BOUND_S)})
        task = self.client.submit("t", "one")
        eventually(worker.seen, "it runs")
        eventually(lambda: self.client.get(task)["steps"][0]["current_state"] == "in_progress",
                   "its start is on disk")
        last = self.events(task)["last"]
        waits = [self.client.send("TASK.EVENTS", {"task_uuid": task, "after": last,
                                                  "wait_ms": 30000}) for _ in range(5)]
        eventually(lambda: self.daemon.stats()["gateway"]["waiting_clients"] == 5, "five wait")
        gate.set()
        for number in waits:
            body = self.client.receive(number).body
            self.assertEqual(body["events"][0]["number"], last + 1)

    def test_waiting_ends_with_the_time(self):
        self.client.put_template(one_step("t", "one"))
        task = self.client.submit("t", "one")
        last = self.events(task)["last"]
        began = time.monotonic()
        body = self.events(task, after=last, wait_ms=300)
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        self.assertEqual((body["events"], body["last"], body["ended"]), ([], last, False))

    def test_nobody_watches_nothing_is_asked(self):
        self.client.put_template(one_step("t", "one"))
        task = self.client.submit("t", "one")
        last = self.events(task)["last"]
        self.events(task, after=last, wait_ms=300)
        before = self.query_count()
        time.sleep(0.7)  # in which a waiting client would have been looked after three times
        self.assertEqual(self.query_count(), before)

    def query_count(self):
        reader = next(actor for actor in self.daemon.stats()["actors"] if actor["name"] == "reader")
        return sum(message["count"] for message in reader["messages"]
                   if message["type"] == "query_events")

    def test_what_is_not_there(self):
        for wait_ms in (0, 30000):
            reply = self.client.request("TASK.EVENTS", {"task_uuid": str(uuid.uuid4()),
                                                        "wait_ms": wait_ms})
            self.assertEqual((reply.status, reply.body["error"]["code"]), (404, "unknown_task"))

    def test_those_who_wait_are_told_that_the_server_stops(self):
        self.client.put_template(one_step("t", "one"))
        task = self.client.submit("t", "one")
        last = self.events(task)["last"]
        number = self.client.send("TASK.EVENTS", {"task_uuid": task, "after": last,
                                                  "wait_ms": 60000})
        eventually(lambda: self.daemon.stats()["gateway"]["waiting_clients"] == 1, "it waits")
        self.daemon.stop()
        reply = self.client.receive(number)
        self.assertEqual((reply.status, reply.body["error"]["code"]), (503, "stopping"))


class AuditTest(EndToEndTest):
    def test_every_result_by_run(self):
        daemon = self.start_daemon(retry_jitter="false")
        client = self.start_client(daemon)
        client.put_template(one_step("t", "one", retry={"max_attempts": 3, "backoff_base_ms": 1}))

        def work(run):
            if run.attempt < 3:
                raise Failure(f"try {run.attempt}", code=f"E{run.attempt}")
            return {"done": True}

        self.start_worker(daemon, "t", {"*": work}, name="w")
        before = int(time.time() * 1000)
        task = client.wait(client.submit("t", "one"))
        step = task["steps"][0]["step_uuid"]
        audit = client.ok("STEP.AUDIT", {"step_uuid": step}).body
        self.assertEqual((audit["step_uuid"], audit["task_uuid"], audit["name"],
                          audit["current_state"]),
                         (step, task["task_uuid"], "work", "complete"))
        self.assertEqual([(result["run"], result["success"], result["worker"], result["state"],
                           result["error"]) for result in audit["results"]],
                         [(1, False, "w", "waiting_for_retry",
                           {"code": "E1", "message": "try 1", "retryable": True}),
                          (2, False, "w", "waiting_for_retry",
                           {"code": "E2", "message": "try 2", "retryable": True}),
                          (3, True, "w", "complete", None)])
        times = [result["received_at"] for result in audit["results"]]
        self.assertEqual(times, sorted(times))
        self.assertTrue(before <= times[0] <= times[-1] <= int(time.time() * 1000))
        shown = daemon.cli("step", "audit", step)
        self.assertEqual((shown.code, shown.stderr), (0, ""))
        self.assertIn("E2: try 2", shown.stdout)
        self.assertEqual(json.loads(daemon.cli("step", "audit", step, "--json").stdout), audit)

    def test_the_workers_measure_of_time(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(one_step("t", "one"))
        gate = self.gate()
        worker = self.start_worker(daemon, "t", {"*": lambda run: gate.wait(BOUND_S)})
        task = client.submit("t", "one")
        eventually(worker.seen, "it runs")
        run = worker.history[0][1]
        client.ok("STEP.RESULT", {"results": [dict(run.fence(), success=True, metadata={
            "execution_time_ms": 12.5, "host": "h"})]})
        gate.set()
        step = client.wait(task)["steps"][0]["step_uuid"]
        result, = client.ok("STEP.AUDIT", {"step_uuid": step}).body["results"]
        self.assertEqual((result["execution_time_ms"], result["metadata"]["host"]), (12.5, "h"))

    def test_what_is_not_there(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(one_step("t", "one"))
        task = client.submit("t", "one")
        for step in (str(uuid.uuid4()), task, task[:-4] + "0007"):
            reply = client.request("STEP.AUDIT", {"step_uuid": step})
            self.assertEqual((reply.status, reply.body["error"]["code"]), (404, "unknown_step"))
        step = client.get(task)["steps"][0]["step_uuid"]
        self.assertEqual(client.ok("STEP.AUDIT", {"step_uuid": step}).body["results"], [])
        self.assertEqual(daemon.cli("step", "audit", step).stdout, "no results\n")
        self.assertEqual(daemon.cli("step", "audit", uuid.uuid4()).code, 3)


class CommandTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)

    def test_a_table_and_a_document(self):
        self.client.put_template(template("t", "two", {"first": [], "second": ["first"]}))
        self.start_worker(self.daemon, "t", {"*": lambda run: 1}, name="w\x1b[31m")
        task = self.client.submit("t", "two")
        self.client.wait(task)
        expected = self.client.ok("TASK.EVENTS", {"task_uuid": task}).body
        shown = self.daemon.cli("task", "history", task)
        self.assertEqual((shown.code, shown.stderr), (0, ""))
        lines = shown.stdout.splitlines()
        self.assertEqual(lines[0].split(), ["NUMBER", "TIME", "STEP", "FROM", "->", "TO", "EVENT",
                                            "WORKER", "RUN"])
        self.assertEqual([int(line.split()[0]) for line in lines[1:]],
                         [event["number"] for event in expected["events"]])
        self.assertIn("enqueued -> in_progress", shown.stdout)
        self.assertIn(" task ", shown.stdout)
        self.assertNotIn("\x1b", shown.stdout)
        done = self.daemon.cli("task", "history", task, "--json")
        self.assertEqual(json.loads(done.stdout), expected)

    def test_more_than_one_page(self):
        self.client.put_template(template("t", "many", {f"s{n}": [] for n in range(250)}))
        self.start_worker(self.daemon, "t", {"*": lambda run: 1}, capacity=16)
        task = self.client.submit("t", "many")
        self.client.wait(task)
        document = json.loads(self.daemon.cli("task", "history", task, "--json").stdout)
        self.assertGreater(document["last"], 1000)
        self.assertEqual([event["number"] for event in document["events"]],
                         list(range(1, document["last"] + 1)))

    def test_following_ends_when_the_task_is_settled(self):
        gate = self.gate()

        def work(run):
            gate.wait(BOUND_S)
            raise Failure("no", retryable=False)

        self.client.put_template(one_step("t", "one"))
        self.start_worker(self.daemon, "t", {"*": work})
        task = self.client.submit("t", "one")
        results = {}

        def follow(*options):
            results[options] = self.daemon.cli("task", "history", task, "--follow", *options)

        threads = [threading.Thread(target=follow, args=options) for options in ((), ("--json",))]
        for thread in threads:
            thread.start()
        eventually(lambda: self.daemon.stats()["gateway"]["waiting_clients"] == 2, "two wait")
        gate.set()
        for thread in threads:
            thread.join(BOUND_S)
        expected = self.client.ok("TASK.EVENTS", {"task_uuid": task}).body["events"]
        self.assertEqual([json.loads(line) for line in results["--json",].stdout.splitlines()],
                         expected)
        lines = results[()].stdout.splitlines()
        self.assertEqual([int(line.split()[0]) for line in lines],
                         [event["number"] for event in expected])
        self.assertIn("blocked_by_failures", lines[-1])
        self.assertEqual([result.code for result in results.values()], [0, 0])

    def test_mistakes(self):
        self.assertEqual(self.daemon.cli("task", "history", str(uuid.uuid4())).code, 3)
        self.assertEqual(self.daemon.cli("task", "history", "x").code, 1)
        self.assertEqual(self.daemon.cli("task", "history").code, 2)


if __name__ == "__main__":
    unittest.main()
