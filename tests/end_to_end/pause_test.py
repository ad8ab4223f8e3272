"""Pause and resume (SPEC 4.8): what runs finishes, nothing new starts, and a restart changes nothing."""

import json
import time
import unittest
import uuid

from harness import EndToEndTest, eventually, steps_by_name, template

BOUND_S = 20
A_WHILE_S = 0.3


class PauseTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.client.put_template(template("t", "chain", {"a": [], "b": ["a"]}))
        self.opened = self.gate()
        self.done = []

    def work(self, run):
        if run.step_name == "a":
            self.opened.wait(BOUND_S)
        self.done.append(run.step_name)

    def state_of(self, task, step):
        return steps_by_name(self.client.get(task))[step]["current_state"]

    def test_what_runs_finishes_and_nothing_new_starts(self):
        worker = self.start_worker(self.daemon, "t", {"*": self.work})
        task = self.client.submit("t", "chain")
        eventually(worker.seen, "a runs")
        reply = self.client.ok("TASK.PAUSE", {"task_uuid": task, "reason": "wait", "by": "ann"})
        self.assertEqual((reply.body["status"], reply.body["paused"]), ("steps_in_process", True))
        self.client.ok("TASK.PAUSE", {"task_uuid": task})  # once more
        self.opened.set()
        eventually(lambda: self.state_of(task, "b") == "enqueued", "b is enqueued")
        time.sleep(A_WHILE_S)
        shown = self.client.get(task)
        self.assertEqual(shown["waiting_reason"],
                         "paused: nothing new starts until it is resumed")
        self.assertGreater(shown["paused_at"], 0)
        self.assertEqual(steps_by_name(shown)["b"]["waiting_reason"], "its task is paused")
        self.assertEqual(self.done, ["a"])
        self.assertEqual(self.client.ok("DOCTOR", {}).body["problems"], [])
        reply = self.client.ok("TASK.RESUME", {"task_uuid": task})
        self.assertEqual(reply.body["paused"], False)
        done = self.client.wait(task, "ended")
        self.assertEqual((done["status"], done.get("paused_at")), ("complete", None))
        self.assertEqual(self.done, ["a", "b"])

    def test_a_restart_changes_nothing(self):
        task = self.client.submit("t", "chain")  # nobody works yet
        self.client.ok("TASK.PAUSE", {"task_uuid": task})
        self.daemon.sigkill()
        self.daemon.start()
        self.opened.set()
        self.start_worker(self.daemon, "t", {"*": self.work})
        other = self.client.submit("t", "chain", {"n": 2})
        self.client.wait(other, "ended")
        self.assertEqual(self.state_of(task, "a"), "enqueued")
        self.client.ok("TASK.RESUME", {"task_uuid": task})
        self.assertEqual(self.client.wait(task, "ended")["status"], "complete")

    def test_a_postponed_task_begins_and_waits(self):
        self.opened.set()
        self.start_worker(self.daemon, "t", {"*": self.work})
        task = self.client.submit("t", "chain", delay_ms=100)
        self.client.ok("TASK.PAUSE", {"task_uuid": task})
        eventually(lambda: self.state_of(task, "a") == "enqueued", "its time comes")
        self.assertEqual(self.done, [])
        self.client.ok("TASK.RESUME", {"task_uuid": task})
        self.assertEqual(self.client.wait(task, "ended")["status"], "complete")

    def test_a_paused_task_can_be_cancelled(self):
        task = self.client.submit("t", "chain")
        self.client.ok("TASK.PAUSE", {"task_uuid": task})
        self.client.ok("TASK.CANCEL", {"task_uuid": task})
        for command in ("TASK.PAUSE", "TASK.RESUME"):
            reply = self.client.request(command, {"task_uuid": task})
            self.assertEqual((reply.status, reply.body["error"]["code"]), (409, "task_ended"))
            reply = self.client.request(command, {"task_uuid": str(uuid.uuid4())})
            self.assertEqual((reply.status, reply.body["error"]["code"]), (404, "unknown_task"))

    def test_commands(self):
        task = self.client.submit("t", "chain")
        paused = self.daemon.cli("task", "pause", task, "--reason", "wait")
        self.assertEqual((paused.code, paused.stdout), (0, f"{task} steps_in_process, paused\n"))
        self.assertIn("paused", self.daemon.cli("task", "get", task).stdout)
        resumed = self.daemon.cli("task", "resume", task, "--json")
        self.assertEqual((resumed.code, json.loads(resumed.stdout)["paused"]), (0, False))
        self.assertEqual(self.daemon.cli("task", "pause", str(uuid.uuid4())).code, 3)


if __name__ == "__main__":
    unittest.main()
