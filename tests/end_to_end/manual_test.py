"""What people do to steps and tasks: STEP.RESOLVE, STEP.GET, TASK.RESOLVE, and their commands."""

import json
import unittest
import uuid

from harness import EndToEndTest, Failure, eventually, one_step, payload, steps_by_name, template

BOUND_S = 20


class ManualTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.broken = {"b"}
        self.seen = {}
        self.opened = self.gate()

    def work(self, run):
        if run.step_name in self.broken:
            raise Failure("out of order", code="broken", retryable=False)
        self.seen[run.step_name] = {name: json.loads(data)
                                    for name, data in run.dependency_results.items()}
        return {"from": run.step_name}

    def blocked(self):
        """A chain a, b, c whose second step has failed for good: its id and its steps."""
        self.client.put_template(template("t", "chain", {"a": [], "b": ["a"], "c": ["b"]}))
        self.start_worker(self.daemon, "t", {"*": self.work})
        task = self.client.submit("t", "chain")
        done = self.client.wait(task, "settled")
        self.assertEqual(done["status"], "blocked_by_failures")
        return task, steps_by_name(done)

    def resolve(self, step, action, payloads=(), **fields):
        return self.client.request("STEP.RESOLVE", dict(fields, step_uuid=step, action=action),
                                   list(payloads))

    def refused(self, reply, status, code):
        self.assertEqual((reply.status, reply.body["error"]["code"]), (status, code), reply)

    def metadata(self, event):
        rows = self.daemon.query("SELECT metadata FROM transitions WHERE event = ?", event)
        return [json.loads(text) for text, in rows]


class StepTest(ManualTest):
    def test_a_repaired_task_completes(self):
        task, steps = self.blocked()
        self.broken.clear()
        reply = self.resolve(steps["b"]["step_uuid"], "reset_for_retry", reason="repaired",
                             by="ann")
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply.body["task_uuid"], task)
        done = self.client.wait(task, "ended")
        self.assertEqual(done["status"], "complete")
        self.assertEqual(self.metadata("ResetForRetry"), [{"reason": "repaired", "by": "ann"}])
        self.assertEqual(self.metadata("ManualIntervention"), [{"reason": "repaired", "by": "ann"}])

    def test_the_data_of_a_completion_reaches_the_children(self):
        task, steps = self.blocked()
        reply = self.resolve(steps["b"]["step_uuid"], "complete_manually", [b'{"x": 1.50}'],
                             result={"frame": 0}, by="ann")
        self.assertEqual((reply.status, reply.body["current_state"]), (200, "complete"))
        self.assertEqual(self.client.wait(task, "ended")["status"], "complete")
        self.assertEqual(self.seen["c"], {"b": {"x": 1.5}})
        step = self.client.request("STEP.GET", {"step_uuid": steps["b"]["step_uuid"]})
        self.assertEqual((step.body["name"], step.body["task_uuid"], step.body["run"]),
                         ("b", task, 2))
        self.assertEqual(payload(step.frames, step.body["results"]), b'{"x": 1.50}')

    def test_a_running_step_is_taken_from_its_worker(self):
        self.client.put_template(one_step("t", "one"))
        worker = self.start_worker(self.daemon, "t", {"*": lambda run: self.opened.wait(BOUND_S)})
        task = self.client.submit("t", "one")
        eventually(worker.seen, "the step runs")
        _, run = worker.history[0]
        reply = self.resolve(run.step_uuid, "complete_manually")
        self.assertEqual((reply.status, reply.body["status"]), (200, "complete"))
        self.assertTrue(run.cancelled.wait(BOUND_S), "STEP.CANCEL came")
        late = self.client.ok("STEP.RESULT", {"results": [dict(run.fence(), success=True)]})
        self.assertEqual((late.body["results"][0]["status"],
                          late.body["results"][0]["error"]["code"]), (409, "stale_run"))
        self.assertEqual(self.client.get(task)["status"], "complete")

    def test_refusals_write_nothing(self):
        task, steps = self.blocked()
        a, b = steps["a"]["step_uuid"], steps["b"]["step_uuid"]
        before = self.daemon.contents()
        self.refused(self.resolve(a, "resolve_manually"), 409, "invalid_transition")
        self.refused(self.resolve(a, "reset_for_retry"), 409, "invalid_transition")
        self.refused(self.resolve(steps["c"]["step_uuid"], "reset_for_retry"), 409,
                     "invalid_transition")
        self.refused(self.resolve(str(uuid.uuid4()), "reset_for_retry"), 404, "unknown_step")
        self.refused(self.resolve(b, "explode"), 400, "unknown_value")
        self.refused(self.client.request("STEP.RESOLVE", {"step_uuid": b}), 400, "missing_field")
        self.refused(self.resolve(b, "complete_manually", [b"{"], result={"frame": 0}), 400,
                     "invalid_json")
        self.refused(self.resolve(b, "resolve_manually", [b"1"], result={"frame": 0}), 400,
                     "contradiction")
        self.refused(self.resolve(b, "resolve_manually", reason="x" * 501), 400, "too_long")
        self.refused(self.client.request("STEP.GET", {"step_uuid": str(uuid.uuid4())}), 404,
                     "unknown_step")
        self.assertEqual(self.daemon.contents(), before)
        self.client.ok("TASK.CANCEL", {"task_uuid": task})
        self.refused(self.resolve(b, "reset_for_retry"), 409, "task_ended")


class TaskTest(ManualTest):
    def act(self, task, action, **fields):
        return self.client.request("TASK.RESOLVE", dict(fields, task_uuid=task, action=action))

    def test_given_up_and_started_again(self):
        task, _ = self.blocked()
        reply = self.act(task, "give_up", reason="no use", by="ann")
        self.assertEqual((reply.status, reply.body), (200, {
            "task_uuid": task, "status": "error", "cancelled_steps": 1, "reset_steps": 0,
            "paused": False}))
        self.assertEqual(self.metadata("GiveUp"), [{"reason": "no use", "by": "ann"}])
        self.refused(self.act(task, "resolve"), 409, "task_ended")
        self.broken.clear()
        reply = self.act(task, "reset")
        self.assertEqual((reply.status, reply.body["reset_steps"]), (200, 2))
        self.assertEqual(self.client.wait(task, "ended")["status"], "complete")
        self.refused(self.act(task, "reset"), 409, "task_ended")

    def test_a_reset_does_not_run_beside_its_replacement(self):
        task, _ = self.blocked()
        self.act(task, "give_up")
        second = self.client.submit("t", "chain")
        reply = self.act(task, "reset")
        self.refused(reply, 409, "duplicate_task")
        self.assertEqual(reply.body["error"]["details"], {"task_uuid": second})

    def test_resolved_by_hand(self):
        task, _ = self.blocked()
        waiting = self.client.send("TASK.WAIT", {"task_uuid": task, "until": "ended",
                                                 "timeout_ms": 30000})
        reply = self.act(task, "resolve")
        self.assertEqual((reply.status, reply.body["status"]), (200, "resolved_manually"))
        self.assertEqual(self.client.receive(waiting).body["status"], "resolved_manually")

    def test_refusals(self):
        self.client.put_template(one_step("t", "one"))
        task = self.client.submit("t", "one")
        self.refused(self.act(task, "give_up"), 409, "invalid_transition")
        self.refused(self.act(task, "reset"), 409, "invalid_transition")
        self.refused(self.act(str(uuid.uuid4()), "reset"), 404, "unknown_task")
        self.refused(self.act(task, "explode"), 400, "unknown_value")


class CommandTest(ManualTest):
    def run_cli(self, *arguments, **options):
        return self.daemon.cli(*arguments, **options)

    def test_steps(self):
        task, steps = self.blocked()
        b, c = steps["b"]["step_uuid"], steps["c"]["step_uuid"]
        shown = self.run_cli("step", "get", b)
        self.assertEqual(shown.code, 0, shown)
        self.assertIn("broken: out of order", shown.stdout)
        again = self.run_cli("step", "retry", b, "--reason", "try", "--by", "ann")
        self.assertEqual(again.code, 0, again)
        eventually(lambda: self.client.get(task)["status"] == "blocked_by_failures",
                   "it fails again")
        self.broken.add("c")
        done = self.run_cli("step", "complete", b, "--result", '{"x": 0.10}', "--json")
        self.assertEqual(done.code, 0, done)
        self.assertEqual(json.loads(done.stdout)["current_state"], "complete")
        self.assertIn('"results":{"x": 0.10}', self.run_cli("step", "get", b, "--json").stdout)
        eventually(lambda: self.client.get(task)["status"] == "blocked_by_failures", "c fails")
        self.assertEqual(self.run_cli("step", "resolve", c).code, 0)
        self.assertEqual(self.client.get(task)["status"], "complete")
        refused = self.run_cli("step", "resolve", c)
        self.assertEqual((refused.code, refused.stdout), (4, ""))
        self.assertIn("task_ended", refused.stderr)
        self.assertEqual(self.run_cli("step", "get", str(uuid.uuid4())).code, 3)

    def test_a_result_from_standard_input(self):
        task, steps = self.blocked()
        b = steps["b"]["step_uuid"]
        bad = self.run_cli("step", "complete", b, "--result", "-", input="{")
        self.assertEqual((bad.code, self.client.get(task)["status"]), (1, "blocked_by_failures"))
        good = self.run_cli("step", "complete", b, "--result", "-", input="[1]")
        self.assertEqual(good.code, 0, good)
        self.client.wait(task, "ended")
        self.assertEqual(self.seen["c"], {"b": [1]})

    def test_tasks(self):
        task, _ = self.blocked()
        self.assertEqual(self.run_cli("task", "reset", task).code, 4)
        given_up = self.run_cli("task", "give-up", task, "--reason", "no use")
        self.assertEqual((given_up.code, given_up.stdout),
                         (0, f"{task} error, 1 steps cancelled, 0 reset\n"))
        self.assertEqual(self.run_cli("task", "reset", task, "--json").code, 0)
        self.client.wait(task, "settled")
        self.assertEqual(self.run_cli("task", "resolve", task).code, 0)
        self.assertEqual(self.client.get(task)["status"], "resolved_manually")

    def test_help(self):
        for words in ("step get", "step retry", "step resolve", "step complete", "task resolve",
                      "task give-up", "task reset"):
            shown = self.run_cli(*words.split(), "--help")
            self.assertEqual(shown.code, 0, words)
            self.assertIn(words, shown.stdout)
            self.assertEqual(self.run_cli(*words.split()).code, 2, words)


if __name__ == "__main__":
    unittest.main()
