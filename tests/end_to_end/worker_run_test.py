"""`taskmesh worker run`: programs in Python as workers, one process per step (--exec) and one per slot
(--lines). Each program does what its step's callable says."""

import json
import signal
import sys
import unittest
from pathlib import Path

from harness import HERE, EndToEndTest, eventually, fixture, one_step, results_by_name, template

BIG = 500_000  # bytes

# Each function is a callable of the templates here; `step` is what came on stdin.
PROGRAM = '''
import json, os, signal, sys, time

def show(step):
    return step

def nothing(step):
    sys.exit(0)

def later(step):
    if step["attempt"] == 3:
        return step["attempt"]
    print("try again", file=sys.stderr)
    sys.exit(75)

def never(step):
    print("first line\\nthe card is unknown", file=sys.stderr)
    sys.exit(3)

def silent(step):
    sys.exit(4)

def garbage(step):
    sys.stdout.write("{not json")
    sys.exit(0)

def crash(step):
    if step["attempt"] == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"

def big(step):
    assert len(step["input_data"]["text"]) >= 500000 // 9000
    return "x" * (500000 - len(step["step_name"]) + 1)

def large(step):
    return "x" * 2000000

def deaf(step):
    return "I have not read what you wrote"

def meet(step):
    folder, other = step["input_data"]["folder"], {"left": "right", "right": "left"}
    open(os.path.join(folder, step["step_name"]), "w").close()
    for _ in range(1000):
        if os.path.exists(os.path.join(folder, other[step["step_name"]])):
            return "met"
        time.sleep(0.02)
    sys.exit(1)

def hang(step):
    with open(step["input_data"]["file"] + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(file.name, step["input_data"]["file"])
    time.sleep(100)
'''

EXEC = PROGRAM + '''
if len(sys.argv) > 1 and sys.argv[1] == "deaf":
    print(json.dumps(deaf({})))
else:
    step = json.load(sys.stdin)
    print(json.dumps(globals()[step["callable"]](step)))
'''


class ProgramTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)

    def run_one(self, callable, context=None, **step):
        """A task of one step; its task and step at the end."""
        step.setdefault("retry", {"max_attempts": 3, "backoff_base_ms": 1})
        self.client.put_template(one_step("t", callable, callable=callable, **step))
        task = self.client.wait(self.client.submit("t", callable, context or {}))
        return task, task["steps"][0]

    def assert_failed(self, step, code, message, attempts=1):
        self.assertEqual((step["current_state"], step["error"]["code"], step["attempts"]),
                         ("error", code, attempts), step)
        self.assertIn(message, step["error"]["message"])


class ExecTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.program = self.daemon.folder / "program.py"
        self.program.write_text(EXEC)
        self.start_cli_worker(self.daemon, "t", [sys.executable, "-B", self.program],
                              "--capacity", "2")

    def test_what_a_program_reads(self):
        self.client.put_template(template("t", "three", [
            {"name": "a", "handler": {"callable": "nothing"}},
            {"name": "b", "handler": {"callable": "nothing"}},
            {"name": "c", "handler": {"callable": "show", "method": "go",
                                      "initialization": {"k": [1, None]}},
             "dependencies": ["a"], "retry": {"max_attempts": 7}},
            {"name": "d", "handler": {"callable": "show"}, "dependencies": ["c", "b"]}]))
        task = self.client.wait(self.client.submit("t", "three", {"n": 6}))
        self.assertEqual(task["status"], "complete")
        results = {name: json.loads(text) for name, text in results_by_name(task).items()}
        ids = {step["name"]: step["step_uuid"] for step in task["steps"]}
        seen = results["c"]
        expected = {"task_uuid": task["task_uuid"], "step_uuid": ids["c"], "step_name": "c",
                    "namespace": "t", "callable": "show", "method": "go", "attempt": 1,
                    "max_attempts": 7, "input_data": {"n": 6}, "step_inputs": {"k": [1, None]},
                    "dependency_results": {"a": None}, "checkpoint": None}
        self.assertEqual({key: seen.get(key, "missing") for key in expected}, expected)
        self.assertIsNone(results["a"], "no output is null")
        self.assertEqual(results["d"]["dependency_results"], {"b": None, "c": seen})

    def test_exit_75_is_tried_again_and_the_attempts_count_from_one(self):
        task, step = self.run_one("later")
        self.assertEqual((task["status"], step["attempts"], step["results"]),
                         ("complete", 3, b"3"))
        self.assertEqual((step["error"]["message"], step["error"]["retryable"]),
                         ("try again", True))

    def test_exit_75_too_often(self):
        task, step = self.run_one("later", retry={"max_attempts": 2, "backoff_base_ms": 1})
        self.assertEqual(task["status"], "blocked_by_failures")
        self.assert_failed(step, "retry_requested", "try again", attempts=2)

    def test_other_exits_are_permanent_with_stderr_as_the_message(self):
        _, step = self.run_one("never")
        self.assert_failed(step, "program_failed", "first line\nthe card is unknown")
        _, step = self.run_one("silent")
        self.assert_failed(step, "program_failed", "exit code 4")

    def test_what_is_no_json_is_permanent(self):
        _, step = self.run_one("garbage")
        self.assert_failed(step, "invalid_result", "no usable JSON")

    def test_a_program_that_is_killed_is_tried_again(self):
        _, step = self.run_one("crash")
        self.assertEqual((step["attempts"], step["results"]), (2, b'"alive"'))
        self.assertEqual(step["error"]["code"], "worker_process_killed")

    def test_much_in_and_much_out(self):
        text = {"text": ["y" * 9000] * (BIG // 9000 + 1)}
        self.client.put_template(template("t", "big", {"big": [], "show": ["big"]}))
        task = self.client.wait(self.client.submit("t", "big", text))
        self.assertEqual(task["status"], "complete", task["steps"][0]["error"])
        results = results_by_name(task)
        self.assertEqual(len(results["big"]), BIG)
        seen = json.loads(results["show"])
        self.assertEqual(seen["input_data"], text)
        self.assertEqual(seen["dependency_results"]["big"], json.loads(results["big"]))

    def test_more_than_the_server_takes(self):
        _, step = self.run_one("large")
        self.assert_failed(step, "result_too_large", "")

    def test_branches_overlap(self):
        self.client.put_template(template("t", "wide", [
            {"name": name, "handler": {"callable": "meet"}} for name in ("left", "right")]))
        task = self.client.wait(self.client.submit("t", "wide",
                                                   {"folder": str(self.daemon.folder)}))
        self.assertEqual(results_by_name(task), {"left": '"met"', "right": '"met"'})

    def test_a_cancelled_step_ends_its_program(self):
        file = self.daemon.folder / "hangs"
        self.client.put_template(one_step("t", "hang", callable="hang"))
        task = self.client.submit("t", "hang", {"file": str(file)})
        eventually(file.exists, "the program runs")
        self.client.ok("TASK.CANCEL", {"task_uuid": task})
        process = Path("/proc", file.read_text())
        eventually(lambda: not process.exists(), "its process is gone")

    def test_the_arithmetic_of_the_model(self):
        self.start_cli_worker(self.daemon, "e2e_tree", [sys.executable, "-B",
                                                        HERE / "arithmetic.py"])
        self.client.put_template(fixture("tree.yaml"))
        task = self.client.wait(self.client.submit("e2e_tree", "tree", {"even_number": 2}))
        self.assertEqual(json.loads(results_by_name(task)["convergence"]), "18446744073709551616")


class OddProgramsTest(ProgramTest):
    def test_a_program_that_reads_nothing(self):
        program = self.daemon.folder / "program.py"
        program.write_text(EXEC)
        self.start_cli_worker(self.daemon, "t", [sys.executable, "-B", program, "deaf"])
        task, step = self.run_one("deaf", {"text": ["y" * 9000] * 100})
        self.assertEqual(step["results"], b'"I have not read what you wrote"')

    def test_a_program_that_is_not_there(self):
        self.start_cli_worker(self.daemon, "t", ["/no/such/program"])
        task, step = self.run_one("work", retry={"max_attempts": 2, "backoff_base_ms": 1})
        self.assertEqual(task["status"], "blocked_by_failures")
        self.assert_failed(step, "program_not_started", "No such file", attempts=2)

    def test_only_its_callables_and_namespaces(self):
        self.start_cli_worker(self.daemon, "t", ["echo", "1"], "--namespace", "u", "--callable",
                              "a*", "--callable", "b?", "--name", "picky", "--capacity", "3")
        worker = eventually(lambda: self.client.ok("WORKER.LIST").body["workers"], "it is there")[0]
        self.assertEqual((worker["name"], worker["capacity"], sorted(worker["namespaces"]),
                          sorted(worker["callables"])), ("picky", 3, ["t", "u"], ["a*", "b?"]))
        self.client.put_template([one_step("u", "mine", callable="bx"),
                                  one_step("t", "other", callable="c")])
        other = self.client.submit("t", "other")
        self.assertEqual(self.client.wait(self.client.submit("u", "mine"))["status"], "complete")
        self.assertEqual(self.client.get(other)["steps"][0]["current_state"], "enqueued")

    def test_sigterm_lets_the_running_step_end(self):
        file = self.daemon.folder / "go"
        script = 'touch "$0.runs"; until [ -e "$0" ]; do sleep 0.05; done; echo \'"done"\''
        process = self.start_cli_worker(self.daemon, "t", ["bash", "-c", script, file])
        self.client.put_template(one_step("t", "one"))
        task = self.client.submit("t", "one")
        eventually((self.daemon.folder / "go.runs").exists, "it runs")
        process.send_signal(signal.SIGTERM)
        eventually(lambda: "draining" in self.daemon.worker_log(), "it drains")
        file.touch()
        self.assertEqual(process.wait(30), 0)
        self.assertEqual(self.client.get(task)["steps"][0]["results"], b'"done"')


class LinesTest(ProgramTest):
    PROGRAM = PROGRAM + '''
def wrong(step):
    return None

def dies(step):
    if step["attempt"] == 1:
        sys.exit(9)
    return "lives"

def answer(step):
    name = step["callable"]
    if name == "later" and step["attempt"] < 3:
        return {"success": False, "error": {"message": "try again", "retryable": True}}
    if name == "never":
        return {"success": False, "error": {"message": "no", "code": "card_unknown"}}
    if name == "wrong":
        return {"result": 1}
    if name == "count":
        answer.count += 1
        return {"success": True, "result": [os.getpid(), answer.count]}
    return {"success": True, "result": globals()[name](step)}

answer.count = 0
for line in sys.stdin:
    step = json.loads(line)
    print("garbage" if step["callable"] == "garbage" else json.dumps(answer(step)), flush=True)
'''

    def setUp(self):
        super().setUp()
        program = self.daemon.folder / "program.py"
        program.write_text(self.PROGRAM)
        self.start_cli_worker(self.daemon, "t", [sys.executable, "-B", program], "--lines",
                              "--capacity", "1")

    def test_one_process_for_all_steps(self):
        self.client.put_template(template("t", "five", [
            {"name": "s%d" % i, "handler": {"callable": "count"},
             "dependencies": ["s%d" % (i - 1)] if i else []} for i in range(5)]))
        task = self.client.wait(self.client.submit("t", "five"))
        results = [json.loads(step["results"]) for step in task["steps"]]
        self.assertEqual([count for _, count in results], [1, 2, 3, 4, 5])
        self.assertEqual(len({pid for pid, _ in results}), 1)

    def test_outcomes(self):
        _, step = self.run_one("later")
        self.assertEqual((step["attempts"], step["results"]), (3, b"3"))
        _, step = self.run_one("never")
        self.assert_failed(step, "card_unknown", "no")
        _, step = self.run_one("garbage")
        self.assert_failed(step, "invalid_result", "")
        _, step = self.run_one("wrong")
        self.assert_failed(step, "invalid_result", "success")

    def test_a_process_that_dies_is_started_again(self):
        _, step = self.run_one("dies")
        self.assertEqual((step["attempts"], step["results"]), (2, b'"lives"'))
        self.assertEqual(step["error"]["code"], "worker_process_ended")

    def test_much_in_and_much_out(self):
        text = {"text": ["y" * 9000] * (BIG // 9000 + 1)}
        _, step = self.run_one("big", text)
        self.assertIsNotNone(step["results"], step["error"])
        self.assertGreater(len(step["results"]), BIG - 10)


if __name__ == "__main__":
    unittest.main()
