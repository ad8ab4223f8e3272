"""The XPUB socket: what was committed is published to whoever has subscribed, and to nobody else."""

import json
import subprocess
import time
import unittest

import zmq

from harness import EndToEndTest, bin_path, eventually, one_step, template
from listening import ListeningTest


class PublisherTest(ListeningTest):
    def setUp(self):
        self.start_publishing()
        self.client.put_template(template("t", "two", {"a": [], "b": ["a"]}))
        self.client.put_template(one_step("other", "one"))
        self.start_worker(self.daemon, ["t", "other"], {"*": lambda run: 1}, name="w")

    def receive(self, socket, count):
        return [(topic.decode(), json.loads(body))
                for topic, body in self.receive_frames(socket, count)]

    def run_task(self, namespace, name):
        task = self.client.submit(namespace, name, {"n": time.monotonic_ns()})
        self.client.wait(task)
        return task, self.client.ok("TASK.EVENTS", {"task_uuid": task}).body["events"]

    def test_every_event_with_its_number(self):
        of_task, of_steps = self.subscribe("task.t."), self.subscribe("step.t.two.")
        self.run_task("other", "one")
        task, events = self.run_task("t", "two")
        about = {"task_uuid": task, "namespace": "t", "name": "two", "version": "1.0.0"}
        expected = [dict(event, **about) for event in events if "step_uuid" not in event]
        got = self.receive(of_task, len(expected))
        self.assertEqual([body for _, body in got], expected)
        self.assertEqual([topic for topic, _ in got],
                         [f"task.t.two.{event['event']}" for event in expected])
        expected = [dict(event, **about) for event in events if "step_uuid" in event]
        got = self.receive(of_steps, len(expected))
        self.assertEqual(sorted((body for _, body in got), key=lambda body: body["number"]),
                         expected)
        self.assertEqual({topic for topic, body in got if body["step"] == "b"},
                         {f"step.t.two.b.{event['event']}" for event in expected
                          if event["step"] == "b"})

    def test_a_topic_chooses(self):
        ends = self.subscribe("step.t.two.b.Complete")
        task, _ = self.run_task("t", "two")
        (_, body), = self.receive(ends, 1)
        self.assertEqual((body["task_uuid"], body["step"], body["to"]), (task, "b", "complete"))

    def test_nobody_listens_nothing_is_told(self):
        self.run_task("t", "two")
        self.assertEqual(self.published(), 0)
        socket = self.subscribe("task.")
        self.run_task("t", "two")
        eventually(lambda: self.published() > 0, "it is told")
        socket.close(0)
        # The connection has to end first, which the publisher learns by itself.
        eventually(self.is_quiet, "it is told no more")

    def is_quiet(self):
        before = self.published()
        self.run_task("t", "two")
        return self.published() == before

    def test_what_is_no_subscription_harms_nobody(self):
        socket = zmq.Context.instance().socket(zmq.XSUB)
        self.addCleanup(socket.close, 0)
        socket.connect(self.events)
        for message in (b"", b"\x00never", b"\x07nonsense", b"\x01" + b"x" * 3000):
            socket.send(message)
        listener = self.subscribe("task.t.two.AllStepsSuccessful")
        task, _ = self.run_task("t", "two")
        self.assertEqual([body["task_uuid"] for _, body in self.receive(listener, 1)], [task])

    def test_a_slow_subscriber_holds_nobody_up(self):
        self.subscribe("")
        for _ in range(50):
            self.run_task("t", "two")
        self.assertEqual(self.daemon.cli("health").code, 0)


class OptionTest(EndToEndTest):
    def check(self, publish):
        return subprocess.run([bin_path("taskmeshd"), "--set", f"publish={publish}",
                               "--check-config"], capture_output=True, text=True, timeout=30,
                              check=False)

    def test_only_what_is_safe(self):
        for publish in ("", "tcp://127.0.0.1:7718", "ipc:///tmp/a, tcp://localhost:1"):
            done = self.check(publish)
            self.assertEqual(done.returncode, 0, done.stderr)
        for publish, code in (("tcp://0.0.0.0:7718", "insecure_endpoint"),
                              ("udp://x", "bad_endpoint")):
            done = self.check(publish)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("publish", done.stderr)

    def test_two_daemons_with_the_same_address(self):
        taken = zmq.Context.instance().socket(zmq.XPUB)
        self.addCleanup(taken.close, 0)
        port = taken.bind_to_random_port("tcp://127.0.0.1")
        daemon = self.start_daemon(publish=f"tcp://127.0.0.1:{port}")
        self.assertEqual(daemon.cli("health").code, 0)
        self.assertIn("publisher.address_in_use", daemon.log())

    def test_off(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(one_step("t", "one"))
        self.start_worker(daemon, "t", {"*": lambda run: 1})
        client.wait(client.submit("t", "one"))
        self.assertEqual(daemon.cli("health").code, 0)


if __name__ == "__main__":
    unittest.main()
