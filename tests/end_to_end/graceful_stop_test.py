"""SIGTERM while runs are out: their results still count, the exit code is 0, and the next life goes on.
A second SIGTERM does not wait. Nobody else may own the file meanwhile."""
import signal
import subprocess
import time
import unittest

from harness import Daemon, EndToEndTest, eventually, one_step, spawn
from storm import Storm, draw_seed

SECOND_TERM = -signal.SIGTERM  # it ends by the signal itself
NOT_STARTED = 1


class StopUnderLoadTest(unittest.TestCase):
    def test_results_of_runs_that_are_out_count(self):
        with Storm(draw_seed(), step_ms=(200, 400), stop_timeout_ms=30000) as storm:
            for _ in range(2):
                storm.start_worker()
            storm.start_client(slots=24)
            storm.wait_until_busy()
            for _ in range(2):  # and once more from what the first left
                storm.wait_until_busy()
                at = int(time.time() * 1000)
                storm.daemon.stop()  # asserts that the exit code is 0
                self.check_stopped(storm, at)
                storm.daemon.start()
            storm.settle(120)
            storm.stop()
            storm.check(self)

    def check_stopped(self, storm, at):
        accepted = eventually(lambda: [
            entry for _, entry in storm.read("worker-*")
            if entry["what"] == "answered" and entry["status"] == 200 and entry["at"] > at],
            "something was accepted after SIGTERM")
        for entry in accepted:
            step = bytes.fromhex(entry["step"].replace("-", ""))
            rows = storm.daemon.query("SELECT success FROM results WHERE step_id = ? AND run = ?",
                                      step, entry["run"])
            self.assertEqual(rows, [(1,)], entry)
        left = storm.daemon.query("SELECT count(*) FROM steps WHERE claimed OR state = 3")
        self.assertEqual(left, [(0,)], "a run or a claim was left behind")


class StopTest(EndToEndTest):
    def start_with_a_run_out(self, **options):
        """A daemon, the worker that has its only run, the gate that ends that run, the task."""
        daemon = self.start_daemon(**options)
        gate = self.gate()
        client = self.start_client(daemon)
        client.put_template(one_step("stop", "one"))
        worker = self.start_worker(daemon, "stop", {"*": lambda run: gate.wait(60) and "done"})
        task = client.submit("stop", "one")
        eventually(worker.seen, "the step runs")
        return daemon, worker, gate, task

    def begin_stop(self, daemon):
        daemon.process.send_signal(signal.SIGTERM)
        eventually(lambda: "node.door_closed" in daemon.log(), "the door is closed")
        self.assertTrue(daemon.is_running())

    def test_the_door_is_closed_while_a_result_is_awaited(self):
        daemon, worker, gate, task = self.start_with_a_run_out(stop_timeout_ms=60000)
        self.begin_stop(daemon)
        with daemon.client() as client:
            refused = client.try_submit("stop", "one")
            self.assertEqual(refused.status, 503, refused.body)
            self.assertGreater(refused.body["error"]["retry_after_ms"], 0)
        self.assertTrue(daemon.is_running())
        gate.set()
        self.assertEqual(daemon.process.wait(60), 0)
        daemon.process = None
        answers = eventually(lambda: worker.answers, "the result is answered")
        self.assertEqual([answer["status"] for answer in answers], [200])
        self.assertEqual(daemon.query("SELECT state, completed_ms > 0 FROM tasks"), [(9, 1)])
        daemon.start()
        with daemon.client() as client:
            self.assertEqual(client.wait(task)["status"], "complete")

    def test_a_second_sigterm_does_not_wait(self):
        daemon, worker, gate, task = self.start_with_a_run_out(stop_timeout_ms=600000)
        self.begin_stop(daemon)
        self.assertEqual(daemon.end(), SECOND_TERM)
        daemon.start()
        gate.set()
        with daemon.client() as client:
            self.assertEqual(client.wait(task)["status"], "complete")
        self.assertEqual(len(worker.seen()), 1)  # the run went on, it was not given again
        self.assertEqual(daemon.query("SELECT run, attempts FROM steps"), [(1, 1)])

    def test_stops_without_the_result_when_the_time_is_over(self):
        daemon, worker, gate, task = self.start_with_a_run_out(stop_timeout_ms=300)
        daemon.stop()
        daemon.start()
        gate.set()
        with daemon.client() as client:
            self.assertEqual(client.wait(task)["status"], "complete")
        self.assertEqual(daemon.query("SELECT attempts FROM steps"), [(1,)])


class OwnerTest(EndToEndTest):
    def test_a_second_daemon_on_the_same_file_is_refused(self):
        first = self.start_daemon()
        second = Daemon(store=first.store)
        self.addCleanup(second.close)
        process = spawn(second.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, NOT_STARTED, said)
        self.assertIn("another process owns the store (pid %d)" % first.process.pid, said.decode())
        with first.client() as client:  # which is not disturbed
            client.put_template(one_step("owner", "one"))
            task = client.submit("owner", "one")
            self.start_worker(first, "owner", {"*": lambda run: 1})
            self.assertEqual(client.wait(task)["status"], "complete")

    def test_the_file_is_free_as_soon_as_its_owner_is_dead(self):
        first = self.start_daemon()
        first.sigkill()
        second = self.start_daemon(store=first.store)
        self.assertTrue(second.is_running())


if __name__ == "__main__":
    unittest.main(verbosity=2)
