"""publishes_events: what a step's template declares is published when its condition holds."""

import json
import time
import unittest
import uuid

from harness import Failure, one_step, template
from listening import ListeningTest

CONDITIONS = ("success", "failure", "retryable_failure", "permanent_failure", "always")


def declared(*conditions):
    return [{"name": "work.%s" % each, "description": "d", "condition": each, "schema": {}}
            for each in conditions]


class DeclaredEventsTest(ListeningTest):
    def setUp(self):
        self.start_publishing(retry_jitter="false")

    def given(self, *conditions, **step):
        self.client.put_template(one_step("t", "one", publishes_events=declared(*conditions), **step))

    def submit(self):
        return self.client.submit("t", "one", {"n": time.monotonic_ns()})

    def work(self, *answers):
        """A worker that gives one answer after the other; failures are raised."""
        answers = iter(answers)

        def answer(_):
            value = next(answers)
            if isinstance(value, Exception):
                raise value
            return value
        return self.start_worker(self.daemon, "t", {"*": answer}, name="w")

    def receive(self, socket, count):
        """(name behind "event.t.", body, payload) of each."""
        return [(topic.decode().removeprefix("event.t."), json.loads(body), payload)
                for topic, body, payload in self.receive_frames(socket, count)]

    def names(self, socket, count):
        return [name for name, _, _ in self.receive(socket, count)]

    def number_of(self, task, step_event):
        events = self.client.ok("TASK.EVENTS", {"task_uuid": task}).body["events"]
        return [event["number"] for event in events if event["event"] == step_event
                and "step_uuid" in event][-1]

    def test_a_success_in_full_with_its_result_byte_for_byte(self):
        self.given("success")
        socket = self.subscribe("event.")
        result = b'{"n": 0.10, "big": 123456789012345678901234567890, "lone": "\\ud800"}'
        self.work(result)
        task = self.submit()
        (name, body, payload), = self.receive(socket, 1)
        step, = self.client.ok("TASK.STEPS", {"task_uuid": task}).body["steps"]
        self.assertEqual((name, payload), ("work.success", result))
        self.assertEqual(uuid.UUID(body.pop("event_id")).version, 8)
        fired_at = body["metadata"].pop("fired_at")
        self.assertEqual(fired_at, step["completed_at"])
        self.assertEqual(body, {
            "event_name": "work.success", "event_version": "1.0",
            "payload": {"task_uuid": task, "namespace": "t", "name": "one", "version": "1.0.0",
                        "step_uuid": step["step_uuid"], "step": "work", "run": 1, "attempts": 1,
                        "max_attempts": 3, "state": "complete", "success": True,
                        "result": {"frame": 0}, "error": None},
            "metadata": {"task_uuid": task, "step_uuid": step["step_uuid"], "step_name": "work",
                         "namespace": "t", "number": self.number_of(task, "Complete"),
                         "fired_by": "w"}})

    def test_each_condition(self):
        self.given(*CONDITIONS, retry={"max_attempts": 2, "backoff": "none"})
        socket = self.subscribe("event.t.")
        self.work(1, Failure("later"), Failure("never", retryable=False))
        self.submit()
        self.assertEqual(self.names(socket, 2), ["work.success", "work.always"])
        self.submit()
        self.assertEqual(self.names(socket, 6), [
            "work.failure", "work.retryable_failure", "work.always",
            "work.failure", "work.permanent_failure", "work.always"])

    def test_a_failure_in_full(self):
        self.given("failure")
        socket = self.subscribe("event.t.work.failure")
        self.work(Failure("no stock", retryable=False, code="no_stock"))
        task = self.submit()
        (_, body, payload), = self.receive(socket, 1)
        self.assertEqual(body["payload"]["error"],
                         {"code": "no_stock", "message": "no stock", "retryable": False,
                          "as_sent": {"frame": 0}})
        self.assertEqual(json.loads(payload)["code"], "no_stock")
        self.assertEqual((body["payload"]["state"], body["payload"]["result"]), ("error", None))
        self.assertEqual(body["metadata"]["number"], self.number_of(task, "Fail"))

    def test_what_the_server_concludes(self):
        self.given("failure", "success", retry={"max_attempts": 1}, timeout_seconds=1)
        socket = self.subscribe("event.t.")
        gate = self.gate()
        self.start_worker(self.daemon, "t", {"*": lambda run: gate.wait(60)})
        self.submit()
        (name, body, payload), = self.receive(socket, 1)
        self.assertEqual((name, payload, body["payload"]["error"]["as_sent"]),
                         ("work.failure", b"", None))
        self.assertEqual(body["payload"]["error"]["code"], "step_timeout")
        self.assertEqual(body["metadata"]["fired_by"], self.client.ping(timeout=20).body["node"])

    def test_a_completion_by_hand_is_a_success(self):
        self.given("success", "always")
        socket = self.subscribe("event.t.")
        task = self.submit()
        step, = self.client.ok("TASK.STEPS", {"task_uuid": task}).body["steps"]
        self.client.ok("STEP.RESOLVE", {"step_uuid": step["step_uuid"], "reason": "r", "by": "me",
                                        "action": "complete_manually", "result": {"frame": 0}},
                       [b'"by hand"'])
        events = self.receive(socket, 2)
        self.assertEqual([name for name, _, _ in events], ["work.success", "work.always"])
        self.assertEqual({payload for _, _, payload in events}, {b'"by hand"'})
        self.assertEqual(events[0][1]["metadata"]["fired_by"], self.client.ping(timeout=20).body["node"])

    def test_payloads_of_a_megabyte_to_one_who_does_not_read(self):
        """They are left out when too many are unread; the server's memory is bounded."""
        self.given("success")
        slow = self.subscribe("event.t.", unread_max=1)
        result = b'"' + b"x" * (2**20 - 2) + b'"'
        self.start_worker(self.daemon, "t", {"*": lambda run: result})
        before = self.daemon.memory_kib()
        tasks = [self.submit() for _ in range(200)]
        for task in tasks:
            self.client.wait(task)
        self.assertLess(self.daemon.memory_kib() - before, 160 * 1024)
        payloads = [len(payload) for _, _, payload in self.receive(slow, len(tasks))]
        self.assertEqual(set(payloads), {0, len(result)})
        self.assertGreater(payloads.count(0), 100)
        self.submit()  # now that it has read, payloads come again
        (_, _, payload), = self.receive(slow, 1)
        self.assertEqual(payload, result)

    def test_nobody_listens_nothing_is_told(self):
        self.given("always")
        self.work(1, 2)
        self.client.wait(self.submit())
        self.assertEqual(self.published(), 0)
        socket = self.subscribe("event.other.")
        self.client.wait(self.submit())
        self.assertFalse(socket.poll(100))

    def test_across_a_restart_an_event_has_the_same_shape(self):
        """What a definition declares is stored with it."""
        self.given("success")
        self.daemon.restart()
        socket = self.subscribe("event.")
        self.work(1)
        self.submit()
        self.assertEqual(self.names(socket, 1), ["work.success"])

    def test_events_of_two_steps_come_in_their_order(self):
        steps = [{"name": name, "handler": {"callable": name}, "dependencies": parents,
                  "publishes_events": [{"name": name + ".done", "description": "d", "schema": {}}]}
                 for name, parents in (("a", []), ("b", ["a"]))]
        self.client.put_template(template("t", "two", steps))
        socket = self.subscribe("event.t.")
        self.start_worker(self.daemon, "t", {"*": lambda run: run.step_name})
        self.client.submit("t", "two")
        self.assertEqual([(name, payload) for name, _, payload in self.receive(socket, 2)],
                         [("a.done", b'"a"'), ("b.done", b'"b"')])


if __name__ == "__main__":
    unittest.main()
