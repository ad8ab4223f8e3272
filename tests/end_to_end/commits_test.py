"""What a task costs on disk: commits, counted by the daemon's STATS and by strace; and that an idle
daemon runs no statements."""

import re
import subprocess
import tempfile
import time
import unittest

from harness import EndToEndTest, Failure, eventually, fixture, one_step, template

LINEAR_COMMITS_MAX = 6
BACKLOG = 100
SYNC_CALL = re.compile(r"\bf(data)?sync\(")


def why_no_strace():
    """None when strace may look at a process here, else the reason."""
    try:
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True,
                              timeout=30, check=False)
    except FileNotFoundError:
        return "strace is not installed"
    return None if done.returncode == 0 else "strace may not trace here: %s" % (
        done.stderr.decode("utf-8", "replace").strip())


class CommitsTest(EndToEndTest):
    def prepare(self, **options):
        self.daemon = self.start_daemon(**options)
        self.client = self.start_client(self.daemon)
        self.client.put_template(fixture("linear.yaml"))
        self.worker = self.start_worker(self.daemon, "e2e_linear", {"*": lambda run: 1})

    def run_alone(self, number):
        """One linear task; what it cost by STATS."""
        before = self.daemon.commits()
        task = self.client.submit("e2e_linear", "linear", {"even_number": number})
        self.assertEqual(self.client.wait(task)["status"], "complete")
        self.settle()
        return self.daemon.commits() - before

    def settle(self):
        """Whatever would still be written has been: the same count twice, a moment apart."""
        def rests():
            first = self.daemon.commits()
            time.sleep(0.15)  # longer than note_sent_after_ms, the only thing that comes by itself
            return first == self.daemon.commits()
        eventually(rests, "nothing is written any more")

    def test_a_linear_task_takes_six_commits_at_most(self):
        self.prepare()
        for number in (2, 4, 6):
            self.assertLessEqual(self.run_alone(number), LINEAR_COMMITS_MAX)

    def test_strace_sees_no_more_syncs_than_that(self):
        reason = why_no_strace()
        if reason:
            self.skipTest(reason)
        trace = tempfile.NamedTemporaryFile(prefix="tmesh-strace-")
        self.addCleanup(trace.close)
        self.prepare(prefix=["strace", "-D", "-f", "-qq", "--signal=none", "-e",
                             "trace=fsync,fdatasync,sync_file_range,msync,sync,syncfs",
                             "-o", trace.name])
        self.run_alone(2)  # the first one may begin a new log file

        def syncs():
            with open(trace.name, encoding="utf-8", errors="replace") as lines:
                return sum(bool(SYNC_CALL.search(line)) for line in lines)

        before = syncs()
        commits = self.run_alone(4)
        seen = syncs() - before
        self.assertLessEqual(seen, LINEAR_COMMITS_MAX)
        self.assertGreaterEqual(seen, commits, "each commit is on disk")

    def test_a_hundred_tasks_in_one_request_take_one_commit(self):
        self.prepare()
        self.worker.stop()
        before = self.daemon.commits()
        requests = [{"namespace": "e2e_linear", "name": "linear", "context": {"frame": n}}
                    for n in range(100)]
        reply = self.client.ok("TASK.SUBMIT", {"tasks": requests},
                               [{"even_number": 2, "n": n} for n in range(100)])
        self.assertEqual({task["status"] for task in reply.body["tasks"]}, {201})
        self.assertEqual(self.daemon.commits() - before, 1)
        self.assertEqual(self.daemon.row_counts()["tasks"], 100)
        self.assertEqual(self.daemon.row_counts()["steps"], 400)

    def test_under_a_backlog_a_step_takes_one_commit(self):
        """Its result takes whoever is next along; a few more for the first look, and for sends that a
        slow machine records by themselves."""
        self.prepare()
        self.worker.stop()
        self.client.put_template(one_step("e2e_linear", "one", callable="one"))
        tasks = [self.client.submit("e2e_linear", "one", {"n": n}) for n in range(BACKLOG)]
        self.settle()
        before = self.daemon.commits()
        self.start_worker(self.daemon, "e2e_linear", {"*": lambda run: 1}, capacity=1)
        for task in tasks:
            self.assertEqual(self.client.wait(task)["status"], "complete")
        self.assertLessEqual(self.daemon.commits() - before, BACKLOG * 5 // 4)

    def test_reading_commits_nothing(self):
        self.prepare()
        task = self.client.submit("e2e_linear", "linear", {"even_number": 2})
        self.client.wait(task)
        self.settle()
        before = self.daemon.commits()
        for command, body in (("TASK.GET", {"task_uuid": task}), ("TASK.STEPS", {"task_uuid": task}),
                              ("TASK.LIST", {}), ("TEMPLATE.LIST", {}), ("HEALTH", {}),
                              ("WORKER.LIST", {}), ("PING", {})):
            self.client.ok(command, body)
        self.assertEqual(self.client.try_submit("e2e_linear", "linear",
                                                {"even_number": 2}).status, 409)
        self.assertEqual(self.daemon.commits(), before)


class IdleTest(EndToEndTest):
    def test_an_idle_daemon_runs_no_statements(self):
        # With everything in the store that could make somebody look: waiting, blocked, unclaimed.
        daemon = self.start_daemon(hand_off_ms=500)
        client = self.start_client(daemon)
        client.put_template([one_step("t", "late"), one_step("u", "unclaimed"),
                             one_step("t", "bad", callable="bad", retry={"retryable": False}),
                             template("t", "done", {"a": [], "b": ["a"]})])

        def fail(run):
            raise Failure("no", retryable=False)

        self.start_worker(daemon, "t", {"bad": fail, "*": lambda run: None})
        client.submit("t", "late", delay_ms=3_600_000)
        client.submit("u", "unclaimed")
        for name in ("bad", "done"):
            client.wait(client.submit("t", name))
        self.come_to_rest(daemon)
        before = daemon.stats()["store"]
        time.sleep(5)  # what is tested is that nothing happens in this time
        self.assertEqual(daemon.stats()["store"], before)

    def come_to_rest(self, daemon):
        """The hand-off times of what has run are still looked at once, when they come."""
        def rests():
            first = daemon.stats()["store"]
            time.sleep(1.2)
            return first == daemon.stats()["store"]
        eventually(rests, "the daemon rests")


if __name__ == "__main__":
    unittest.main()
