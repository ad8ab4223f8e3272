"""METRICS from outside: across a restart, of events, through the command line."""

import json
import re
import unittest

from harness import EndToEndTest, eventually, template

SAMPLE = re.compile(r'(taskmesh_[a-z_]+)(?:\{(.*)\})? (\S+)')


def numbers(page):
    """Name with its labels -> number, of the text format."""
    found = {}
    for line in page.splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            found[name + ("{%s}" % labels if labels else "")] = float(value)
    return found


class MetricsTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon(publish="ipc://./events")
        self.client = self.start_client(self.daemon)
        self.client.put_template(template("t", "two", {"a": [], "b": ["a"]}))

    def numbers(self):
        done = self.daemon.cli("metrics")
        self.assertEqual((done.code, done.stderr), (0, ""))
        return numbers(done.stdout)

    def test_after_a_restart_counters_begin_at_0_and_what_is_open_is_open(self):
        for number in range(3):
            self.client.submit("t", "two", {"n": number})
        before = self.numbers()
        self.assertEqual(before["taskmesh_tasks_active"], 3)
        self.assertEqual(before['taskmesh_queue_depth{namespace="t"}'], 3)
        self.daemon.restart()
        after = self.numbers()
        self.assertEqual(after["taskmesh_tasks_active"], 3)
        self.assertEqual(after['taskmesh_tasks_requests_total{result="created"}'], 0)
        self.assertEqual(after["taskmesh_steps_enqueued_total"], 0)
        self.assertEqual(after['taskmesh_queue_depth{namespace="t"}'], 3)
        self.start_worker(self.daemon, "t", {"*": lambda run: 1})
        eventually(lambda: self.numbers()["taskmesh_tasks_active"] == 0, "all have ended")
        ended = self.numbers()
        self.assertEqual(ended["taskmesh_tasks_completions_total"], 3)
        self.assertEqual(ended["taskmesh_steps_successes_total"], 6)
        self.assertNotIn('taskmesh_queue_depth{namespace="t"}', ended)

    def test_both_formats_say_the_same(self):
        self.start_worker(self.daemon, "t", {"*": lambda run: 1})
        self.client.wait(self.client.submit("t", "two"))
        text = self.numbers()
        families = json.loads(self.daemon.cli("metrics", "--json").stdout)["metrics"]
        compared = 0
        for family in families:
            if not family["name"].startswith(("taskmesh_task", "taskmesh_step")):
                continue
            for sample in family["samples"]:
                labels = ",".join('%s="%s"' % item for item in sample["labels"].items())
                suffix, field = ("_sum", "sum") if family["type"] == "histogram" else ("", "value")
                name = family["name"] + suffix + ("{%s}" % labels if labels else "")
                self.assertEqual(text[name], sample[field], name)
                compared += 1
        self.assertGreater(compared, 20)

    def test_events_are_counted_as_they_are_published(self):
        self.start_worker(self.daemon, "t", {"*": lambda run: 1})
        self.client.wait(self.client.submit("t", "two", {"n": 1}))
        self.assertEqual(self.numbers()["taskmesh_events_published_total"], 0)  # nobody listens
        follower = self.start_subscriber()
        published = self.numbers()["taskmesh_events_published_total"]
        task = self.client.submit("t", "two", {"n": 2})
        self.client.wait(task)
        events = self.client.ok("TASK.EVENTS", {"task_uuid": task}).body["events"]
        eventually(lambda: self.numbers()["taskmesh_events_published_total"] ==
                   published + len(events), "every event is published and counted")
        self.assertEqual(self.numbers()["taskmesh_events_dropped_total"], 0)
        follower.close(0)

    def start_subscriber(self):
        """A SUB socket whose subscription has arrived: something was published."""
        import zmq
        socket = zmq.Context.instance().socket(zmq.SUB)
        self.addCleanup(socket.close, 0)
        socket.connect("ipc://%s/events" % self.daemon.folder)
        socket.subscribe("")
        tries = iter(range(1000))

        def heard():
            self.client.wait(self.client.submit("t", "two", {"try": next(tries)}))
            return socket.poll(50)
        eventually(heard, "the publisher takes subscriptions", every=0)
        last = -1.0
        while last != (last := self.numbers()["taskmesh_events_published_total"]):
            socket.poll(50)
        return socket


if __name__ == "__main__":
    unittest.main()
