"""A daemon with 10,000 tasks that wait, measured from outside: no statement for a minute, no measurable
processor time; and retries start when they are due."""

import json
import os
import pathlib
import time
import unittest

from harness import EndToEndTest, Failure, eventually, one_step

KIND = 2000  # tasks of each of five kinds
PAGE = 500
MINUTE_S = 60
RETRIES = 200
LATE_MS = 50
FIRST_S, APART_S = 4, 0.03  # until the first retry, and between two of them
HOUR_MS = 3_600_000


def processor_s(pid):
    """User and system time of the process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class LongIdleTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon(retry_jitter="false")
        self.client = self.start_client(self.daemon)

    def submit_many(self, namespace, name, **fields):
        tasks = []
        for start in range(0, KIND, PAGE):
            reply = self.client.ok("TASK.SUBMIT", {"tasks": [
                dict(fields, namespace=namespace, name=name, idempotency_key=f"{name}-{start + each}")
                for each in range(PAGE)]})
            tasks += [task["task_uuid"] for task in reply.body["tasks"]]
        return tasks

    def count(self, sql):
        return self.daemon.query(sql)[0][0]

    def fill(self):
        self.client.put_template([
            one_step("u", "unclaimed"), one_step("u", "paused"), one_step("t", "postponed"),
            one_step("t", "blocked", callable="bad"),
            one_step("t", "retried", callable="again",
                     retry={"max_attempts": 3, "backoff_base_ms": HOUR_MS, "max_backoff_ms": HOUR_MS})])

        def fail(run):
            raise Failure("no", retryable=run.callable == "again")

        worker = self.start_worker(self.daemon, "t", {"*": fail}, capacity=64)
        self.submit_many("u", "unclaimed")
        self.submit_many("t", "postponed", delay_ms=HOUR_MS)
        self.submit_many("t", "blocked")
        self.submit_many("t", "retried")
        paused = self.submit_many("u", "paused")
        for start in range(0, KIND, PAGE):
            self.client.ok("TASK.PAUSE", {"task_uuids": paused[start:start + PAGE]})
        self.assertEqual(self.count("SELECT count(*) FROM tasks WHERE paused_ms > 0"), KIND)
        for state, what in ((7, "retried"), (8, "blocked")):
            eventually(lambda: self.count(f"SELECT count(*) FROM tasks WHERE state = {state}") == KIND,
                       what, 120, every=0.5)
        worker.stop()  # its heartbeats are work, too

    def test_ten_thousand_tasks_that_wait_cost_nothing(self):
        self.fill()
        time.sleep(10)  # hand-off times of what has run
        before = self.daemon.stats()["store"]
        used_s = processor_s(self.daemon.process.pid)
        time.sleep(MINUTE_S)  # what is tested is that nothing happens in this time
        used_s = processor_s(self.daemon.process.pid) - used_s
        self.assertEqual(self.daemon.stats()["store"], before)
        print("processor time of the minute: %.3f s" % used_s)
        self.assertLess(used_s, MINUTE_S / 100)
        self.assertEqual(self.count("SELECT count(*) FROM tasks WHERE state < 9"), 5 * KIND)

    def test_retries_start_when_they_are_due(self):
        """Among the ten thousand, 200 retries whose times are spread over some seconds."""
        self.fill()
        self.client.put_template([one_step("r", "retry")])
        received = {}

        def note(run):
            if run.attempt == 1:
                delay_s = FIRST_S + json.loads(run.context)["n"] * APART_S
                raise Failure("once", backoff_hint={"backoff_type": "Custom", "delay_seconds": delay_s})
            received[run.task_uuid] = time.time() * 1000

        self.start_worker(self.daemon, "r", {"*": note}, capacity=RETRIES)
        tasks = [self.client.submit("r", "retry", {"n": n}) for n in range(RETRIES)]
        due = {}
        for task in tasks:
            due[task] = eventually(lambda: self.client.get(task)["steps"][0].get("next_retry_at"),
                                   "it waits for its retry")
        for task in tasks:
            self.assertEqual(self.client.wait(task)["status"], "complete")
        started_late_ms = sorted(self.second_start(task) - due[task] for task in tasks)
        say("a retry was started", started_late_ms)
        say("its worker had it", sorted(received[task] - due[task] for task in tasks))
        self.assertGreaterEqual(started_late_ms[0], 0)
        self.assertLessEqual(started_late_ms[-1], LATE_MS)

    def second_start(self, task):
        events = self.client.ok("TASK.EVENTS", {"task_uuid": task, "limit": 1000}).body["events"]
        return [event["at"] for event in events if event["event"] == "Enqueue"][1]


def say(what, late_ms):
    def share(part):
        return late_ms[min(int(len(late_ms) * part), len(late_ms) - 1)]
    print("%s so many ms after it was due: median %.0f, 90 %% %.0f, 99 %% %.0f, most %.0f"
          % (what, share(0.5), share(0.9), share(0.99), late_ms[-1]))


if __name__ == "__main__":
    unittest.main()
