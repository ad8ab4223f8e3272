"""`task watch`: live on a terminal, plain lines elsewhere, across restarts of the daemon."""

import json
import os
import pty
import re
import subprocess
import threading
import time
import unittest
import uuid

from harness import EndToEndTest, Failure, bin_path, eventually, one_step, spawn, template

BOUND_S = 60
NOT_FOUND, UNAVAILABLE, NOT_COMPLETE, INTERRUPTED = 3, 5, 6, 130


def open_terminal():
    """A terminal of our own; some containers have none to give."""
    try:
        return pty.openpty()
    except OSError as error:
        raise unittest.SkipTest(f"no terminal can be had here: {error}") from error


class Watch:
    """`taskmesh task watch` under way; what it says on stdout grows in `text`."""

    def __init__(self, daemon, task, *options, on_terminal=False, **environment):
        ours, theirs = open_terminal() if on_terminal else os.pipe()
        self.fd = ours
        self.pieces = []
        self.process = spawn([bin_path("taskmesh"), "--endpoint", daemon.endpoint, "task", "watch",
                              task, *options], stdout=theirs, stderr=subprocess.PIPE,
                             env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm", **environment})
        os.close(theirs)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:  # ends with the process
            try:
                piece = os.read(self.fd, 65536)
            except OSError:  # a terminal whose other end is closed
                piece = b""
            if not piece:
                return
            self.pieces.append(piece)

    @property
    def text(self):
        return b"".join(self.pieces).decode("utf-8", "replace")

    def end(self):
        """Its exit code, and what it said on stderr."""
        stderr = self.process.communicate(timeout=BOUND_S)[1].decode()
        self.thread.join(BOUND_S)
        os.close(self.fd)
        return self.process.returncode, stderr


def screen(text):
    """The lines that a terminal would show."""
    lines, at = [], 0
    for command, argument, line, newline in re.findall(
            "\x1b\\[([0-9]*)([AJK])|([^\x1b\r\n]+)|(\n)", text):
        if argument == "A":
            at -= int(command)
        elif argument == "J":
            del lines[at:]
        elif newline:
            at += 1
        elif line:
            lines[at:at + 1] = [line]
        assert at >= 0
    return lines


class WatchTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.client.put_template(template("t", "diamond", {
            "start": [], "left": ["start"], "right": ["start"], "end": ["left", "right"]}))

    def work(self):
        """A worker whose steps run until the gate is open; `start` does not wait for it."""
        gate = self.gate()
        worker = self.start_worker(self.daemon, "t", {"start": lambda run: 1,
                                                      "*": lambda run: gate.wait(BOUND_S)})
        return worker, gate

    def events(self, task):
        return self.client.ok("TASK.EVENTS", {"task_uuid": task}).body["events"]

    def test_a_tree_on_a_terminal(self):
        _, gate = self.work()
        task = self.client.submit("t", "diamond")
        watch = Watch(self.daemon, task, on_terminal=True)
        eventually(lambda: re.search("├─ left +in_progress", watch.text), "left runs")
        at_work = screen(watch.text)
        self.assertEqual(at_work[0], f"t/diamond@1.0.0 {task} steps_in_process")
        self.assertTrue(at_work[1].startswith("1 of 4 steps complete"), at_work)
        eventually(lambda: watch.text.count("in_progress") > 4, "the clock goes on")
        gate.set()
        self.assertEqual(watch.end(), (0, ""))
        shown = screen(watch.text)
        self.assertEqual(len(shown), 7, shown)
        self.assertEqual(shown[0], f"t/diamond@1.0.0 {task} complete")
        self.assertTrue(shown[1].startswith("4 of 4 steps complete"), shown)
        for line, name in zip(shown[3:], ("start", "├─ left", "│  └─ end", "└─ right")):
            self.assertRegex(line, "^%s +complete +1/3  " % name)
        self.assertIn("\x1b[", watch.text)

    def test_lines_elsewhere(self):
        _, gate = self.work()
        task = self.client.submit("t", "diamond")
        watches = [Watch(self.daemon, task), Watch(self.daemon, task, "--json"),
                   Watch(self.daemon, task, on_terminal=True, TERM="dumb")]
        eventually(lambda: all("in_progress" in watch.text for watch in watches), "they see it")
        gate.set()
        self.assertEqual([watch.end() for watch in watches], [(0, "")] * 3)
        expected = self.events(task)
        plain = watches[0].text.splitlines()
        self.assertEqual([int(line.split()[0]) for line in plain[:-1]],
                         [event["number"] for event in expected])
        self.assertEqual(plain[-1], f"task {task} complete")
        self.assertEqual([json.loads(line) for line in watches[1].text.splitlines()], expected)
        self.assertEqual(watches[2].text.splitlines(), plain)
        for watch in watches:
            self.assertNotIn("\x1b", watch.text)

    def test_a_task_that_does_not_complete(self):
        def work(run):
            raise Failure("no", retryable=False)

        self.client.put_template(one_step("t", "one"))
        self.start_worker(self.daemon, "t", {"*": work})
        task = self.client.submit("t", "one")
        self.client.wait(task)
        for on_terminal in (False, True):
            watch = Watch(self.daemon, task, on_terminal=on_terminal)
            code, stderr = watch.end()
            self.assertEqual(code, NOT_COMPLETE)
            self.assertIn("blocked_by_failures", stderr)
        other = self.client.submit("t", "one", {"n": 2})
        self.client.wait(other)
        for each, command, fields in ((task, "TASK.CANCEL", {}),
                                      (other, "TASK.RESOLVE", {"action": "give_up", "reason": "r"})):
            status = self.client.ok(command, dict(fields, task_uuid=each)).body["status"]
            done = self.daemon.cli("task", "watch", each)
            self.assertEqual((done.code, status in done.stderr), (NOT_COMPLETE, True), done)

    def survive(self, stop, **options):
        worker, gate = self.work()
        task = self.client.submit("t", "diamond")
        watch = Watch(self.daemon, task, **options)
        eventually(lambda: "in_progress" in watch.text, "it sees the task at work")
        eventually(lambda: len(worker.seen()) == 3, "left and right run")
        stop()
        self.daemon.start()
        gate.set()
        code, stderr = watch.end()
        self.assertEqual(code, 0, stderr)
        return task, watch.text

    def test_it_survives_a_restart(self):
        task, text = self.survive(self.daemon.stop)
        self.assert_whole(task, text)

    def test_it_survives_a_kill(self):
        task, text = self.survive(self.daemon.sigkill)
        self.assert_whole(task, text)

    def test_it_survives_a_kill_on_a_terminal(self):
        task, text = self.survive(self.daemon.sigkill, on_terminal=True)
        self.assertEqual(screen(text)[0], f"t/diamond@1.0.0 {task} complete")

    def outlive(self, end, status, on_terminal=False, **step):
        """The server is killed while a step runs; the next one sees the task end otherwise."""
        gate = self.gate()

        def work(_):
            gate.wait(BOUND_S)
            raise Failure("no", retryable=False)

        self.client.put_template(one_step("t", "one", retry={"max_attempts": 1}, **step))
        worker = self.start_worker(self.daemon, "t", {"*": work})
        task = self.client.submit("t", "one")
        watch = Watch(self.daemon, task, on_terminal=on_terminal)
        eventually(lambda: "in_progress" in watch.text, "it sees the task at work")
        eventually(worker.seen, "it runs")
        self.daemon.sigkill()
        self.daemon.start()
        end(task, gate)
        code, stderr = watch.end()
        self.assertEqual(code, NOT_COMPLETE, stderr)
        self.assertIn("the task is not complete: " + status, stderr)
        self.assertEqual(self.client.get(task)["status"], status)
        if on_terminal:
            self.assertEqual(screen(watch.text)[0], f"t/one@1.0.0 {task} {status}")
        else:
            self.assert_whole(task, watch.text)

    def act(self, command, **fields):
        def end(task, _):
            self.client.ok(command, dict(fields, task_uuid=task, reason="r", by="test"))
        return end

    def test_a_failure_after_a_kill(self):
        self.outlive(lambda task, gate: gate.set(), "blocked_by_failures")

    def test_a_failure_after_a_kill_on_a_terminal(self):
        self.outlive(lambda task, gate: gate.set(), "blocked_by_failures", on_terminal=True)

    def test_a_cancellation_after_a_kill(self):
        self.outlive(self.act("TASK.CANCEL"), "cancelled")

    def test_a_cancellation_after_a_kill_on_a_terminal(self):
        self.outlive(self.act("TASK.CANCEL"), "cancelled", on_terminal=True)

    def test_a_resolution_after_a_kill(self):
        self.outlive(self.act("TASK.RESOLVE", action="resolve"), "resolved_manually")

    def test_a_time_limit_that_ends_after_a_kill(self):
        self.outlive(lambda task, gate: None, "blocked_by_failures", timeout_seconds=2)

    def test_it_begins_before_the_server(self):
        _, gate = self.work()
        task = self.client.submit("t", "diamond")
        self.daemon.sigkill()
        watch = Watch(self.daemon, task)
        gate.set()
        self.daemon.start()
        self.assertEqual(watch.end(), (0, ""))
        self.assert_whole(task, watch.text)

    def assert_whole(self, task, text):
        """Each event once, in order, whatever happened to the server."""
        self.assertEqual([int(line.split()[0]) for line in text.splitlines()[:-1]],
                         [event["number"] for event in self.events(task)])

    def test_a_server_that_stays_away(self):
        task = self.client.submit("t", "diamond")
        watch = Watch(self.daemon, task, "--give-up", "0.1", "--timeout", "0.2")
        eventually(lambda: "enqueued" in watch.text, "it sees the task")
        self.daemon.sigkill()
        code, stderr = watch.end()
        self.assertEqual(code, UNAVAILABLE, stderr)
        self.assertIn("no_answer", stderr)

    def test_it_is_interrupted(self):
        task = self.client.submit("t", "diamond")
        watch = Watch(self.daemon, task, on_terminal=True)
        eventually(lambda: "enqueued" in watch.text, "it sees the task")
        watch.process.terminate()
        self.assertEqual(watch.end()[0], INTERRUPTED)

    def test_what_is_not_there(self):
        began = time.monotonic()
        self.assertEqual(self.daemon.cli("task", "watch", uuid.uuid4()).code, NOT_FOUND)
        self.assertLess(time.monotonic() - began, BOUND_S / 2)
        self.assertEqual(self.daemon.cli("task", "watch").code, 2)


if __name__ == "__main__":
    unittest.main()
