"""Runs that go on, from outside: handed over by a program and finished by the command line, over a kill of the
daemon; checkpoints of a program whose worker is killed."""

import json
import os
import signal
import sys
import unittest

from harness import EndToEndTest, bin_path, eventually, one_step, results_by_name, spawn, template

UUID = "01a2010b-9be1-7a21-bed0-b4c9ae570001"

SHOW = '''
import json, sys
step = json.load(sys.stdin)
if step["callable"] == "hand_over":
    with open(step["input_data"]["file"], "a") as file:
        file.write("%s %d %s\\n" % (step["step_uuid"], step["run"], step["run_token"]))
    print('{"pending": true}')
elif step["callable"] == "nearly":
    print('{"pending": true, "besides": 1}')
else:
    json.dump(step, sys.stdout)
'''

# Does one item after the other, and says so after each. The first process stops in the middle, until
# its stdin ends.
ITEMS = '''
import json, sys
for line in sys.stdin:
    step = json.loads(line)
    given = step["input_data"]
    if step["callable"] == "hand_over":
        print('{"progress": {"half": true}}', flush=True)
        print('{"pending": true}', flush=True)
        continue
    first = step["checkpoint"]["cursor"] if step["checkpoint"] else 0
    done = step["checkpoint"]["accumulated_results"] if step["checkpoint"] else []
    for item in range(first, given["items"]):
        if item == given["stop"] and step["run"] == 1:
            print(json.dumps({"progress": "stopped"}), flush=True)
            sys.stdin.read()
            sys.exit(0)
        with open(given["journal"], "a") as journal:
            journal.write("%d\\n" % item)
        done.append(item)
        print(json.dumps({"checkpoint": {"cursor": item + 1, "items_processed": item + 1,
                                         "accumulated_results": done}}), flush=True)
    print(json.dumps({"success": True, "result": {"from": first, "done": done}}), flush=True)
'''


class GoingOnTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon(retry_jitter="false")
        self.client = self.start_client(self.daemon)
        self.folder = self.daemon.folder

    def program(self, source):
        path = self.folder / "program.py"
        path.write_text(source)
        return [sys.executable, "-B", path]

    def handed_over(self, count=1):
        """(step, run, token) of the runs that the program has handed over."""
        path = self.folder / "tokens"
        eventually(lambda: path.exists() and len(path.read_text().splitlines()) >= count,
                   "the run is handed over")
        return path.read_text().splitlines()[count - 1].split()

    def finish(self, step, run, token, *options):
        return self.daemon.cli("step", "finish", step, "--run", run, "--token", token, *options)

    def test_a_program_hears_all_about_its_step(self):
        self.client.put_template(template("t", "chain", [
            {"name": "a", "handler": {"callable": "show"}},
            {"name": "b", "handler": {"callable": "show"}, "dependencies": ["a"]},
            {"name": "c", "handler": {"callable": "nearly"}, "dependencies": ["b"]},
            {"name": "d", "handler": {"callable": "show"}, "dependencies": ["c"]}]))
        self.start_cli_worker(self.daemon, "t", self.program(SHOW))
        task = self.client.wait(self.client.submit("t", "chain"))
        self.assertEqual(task["status"], "complete", [each["error"] for each in task["steps"]])
        last = json.loads(results_by_name(task)["d"])
        self.assertEqual(last["dependency_results"], {"c": {"pending": True, "besides": 1}})
        self.assertEqual(list(last["ancestor_results"]), ["b", "a"])
        self.assertEqual(last["ancestor_results"]["a"]["step_name"], "a")
        self.assertEqual((last["truncated"], last["dependency_failures"], last["run"]), (False, {}, 1))
        self.assertEqual(last["template_step_name"], "d")
        self.assertRegex(last["run_token"], "^[0-9a-f]{32}$")

    def test_what_a_program_hands_over_is_finished_by_hand_after_a_kill(self):
        self.client.put_template(one_step("t", "one", "hand_over",
                                          retry={"max_attempts": 3, "backoff": "none"}))
        worker = self.start_cli_worker(self.daemon, "t", self.program(SHOW))
        task = self.client.submit("t", "one", {"file": str(self.folder / "tokens")})
        step, run, token = self.handed_over()
        eventually(lambda: "handed over" in (self.client.get(task)["waiting_reason"] or ""), "it is recorded")
        self.daemon.sigkill()
        self.daemon.restart()
        failed = self.finish(step, run, token, "--error", "not today", "--code", "later", "--retryable")
        self.assertEqual((failed.code, failed.stdout), (0, step + " waiting_for_retry\n"), failed)
        step, run, token = self.handed_over(2)
        self.assertEqual(run, "2")
        self.assertEqual(self.finish(step, 1, token, "--result", "1").code, 4)
        self.assertEqual(self.finish(step, run, "0" * 32).code, 4)
        self.assertEqual(self.finish(UUID, run, token).code, 3)
        for _ in range(2):  # said again it is answered the same
            done = self.finish(step, run, token, "--result", '{"by": "hand", "n": 0.10}')
            self.assertEqual((done.code, done.stdout), (0, step + " complete\n"), done)
        ended = self.client.wait(task)
        self.assertEqual(ended["status"], "complete")
        self.assertEqual(ended["steps"][0]["results"], b'{"by": "hand", "n": 0.10}')
        self.assertEqual(ended["steps"][0]["attempts"], 2)
        self.assertIsNone(worker.poll())

    def test_mistakes_of_step_finish(self):
        for options, word in (((), "--run"), (("--run", "1"), "--token"),
                              (("--run", "0", "--token", "0" * 32), "--run"),
                              (("--run", "1", "--token", "0" * 32, "--result", "1", "--error", "x"), "either"),
                              (("--run", "1", "--token", "0" * 32, "--code", "x"), "--error")):
            with self.subTest(options=options):
                done = self.daemon.cli("step", "finish", UUID, *options)
                self.assertEqual(done.code, 2)
                self.assertIn(word, done.stderr)
        done = self.finish(UUID, 1, "0" * 32, "--result", "{")
        self.assertEqual(done.code, 1)
        self.assertIn("invalid_json", done.stderr)
        done = self.finish(UUID, 1, "xyz")
        self.assertEqual(done.code, 1)
        self.assertIn("not_a_token", done.stderr)

    def start_lines_worker(self):
        """In a session of its own, to be killed with all that it has started."""
        with open(self.folder / "worker.log", "ab") as log:
            process = spawn([bin_path("taskmesh"), "--endpoint", self.daemon.endpoint, "worker", "run",
                             "--namespace", "t", "--capacity", "1", "--lines", "--exec",
                             *map(str, self.program(ITEMS))], stdout=log, stderr=log)
        def end():
            process.kill()
            process.wait()
        self.addCleanup(end)
        return process

    def progress(self):
        return [run["progress"] for worker in self.client.ok("WORKER.LIST").body["workers"]
                for run in worker["runs"]]

    def test_after_a_kill_the_next_attempt_begins_at_the_newest_checkpoint(self):
        self.client.put_template(one_step("t", "one", "items"))
        worker = self.start_lines_worker()
        journal = self.folder / "journal"
        task = self.client.submit("t", "one", {"items": 12, "stop": 7, "journal": str(journal)})
        eventually(lambda: self.progress() == ["stopped"], "the program has stopped in the middle")
        step = self.client.get(task)["steps"][0]
        self.assertEqual((step["current_state"], step["run"], step["attempts"]), ("in_progress", 1, 1))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        self.start_lines_worker()
        ended = self.client.wait(task)
        self.assertEqual(ended["status"], "complete", ended)
        self.assertEqual(json.loads(ended["steps"][0]["results"]), {"from": 7, "done": list(range(12))})
        self.assertEqual(journal.read_text().split(), [str(item) for item in range(12)])  # each once
        self.assertEqual(ended["steps"][0]["run"], 2)
        shown = self.daemon.cli("step", "audit", step["step_uuid"])
        self.assertIn("CHECKPOINT", shown.stdout)
        audit = self.client.ok("STEP.AUDIT", {"step_uuid": step["step_uuid"]}).body
        # Of those that come faster than they are answered only the newest is sent.
        first_run = [each["items_processed"] for each in audit["checkpoints"] if each["run"] == 1]
        self.assertEqual(first_run[-1], 7)
        self.assertEqual(first_run, sorted(set(first_run)))

    def test_a_line_hands_over_too(self):
        self.client.put_template(one_step("t", "one", "hand_over"))
        worker = self.start_lines_worker()
        task = self.client.submit("t", "one")
        eventually(lambda: "handed over" in (self.client.get(task)["waiting_reason"] or ""), "it is recorded")
        self.assertEqual(self.progress(), [])
        self.assertIsNone(worker.poll())


if __name__ == "__main__":
    unittest.main()
