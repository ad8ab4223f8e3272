"""`taskmesh worker run` against a server that the test plays: what programs say about their steps."""

import json
import os
import pathlib
import shutil
import signal
import tempfile
import unittest

import zmq
from harness import bin_path, eventually, spawn

SESSION = "11111111-1111-1111-1111-111111111111"
VERBATIM = b'{"n": 0.10,"big":123456789012345678901234567890,"nul":"\\u0000","lone":"\\ud800"}'

PROGRAM = r'''#!/bin/sh
step=$(cat)
name=$(printf %s "$step" | sed 's/.*"step_name":"\([a-z]*\)".*/\1/;q')
case $name in
verbatim) printf ' %s\n' '{"n": 0.10,"big":123456789012345678901234567890,"nul":"\u0000","lone":"\ud800"}';;
echo) printf %s "$step";;
nothing) ;;
retry) echo "please again" >&2; exit 75;;
permanent) head -c 9000 /dev/zero | tr '\0' x >&2; echo END >&2; exit 3;;
killed) kill -9 $$;;
junk) echo "not json";;
sleeper) exec sleep 60;;
esac
'''

LINES = r'''
import json, os, sys, time
for line in sys.stdin:
    name = json.loads(line)["step_name"]
    if name == "killed": os.kill(os.getpid(), 9)
    if name == "exits": sys.exit(4)
    if name == "sleeper": time.sleep(60)
    if name == "fails":
        answer = '{"success": false, "error": {"message": "no", "retryable": true, "code": "c9"}}'
    elif name == "junk": answer = "x"
    else: answer = '{"success": true, "result": {"n": 0.10, "lone": "\\ud800"}}'
    print(answer, flush=True)
'''


class Server:
    """Answers HELLO with the steps, keeps the results."""

    def __init__(self, endpoint):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.bind(endpoint)
        self.worker = None
        self.results = {}
        self.byes = []

    def close(self):
        self.context.destroy(linger=0)

    def answer(self, to, request_id, body):
        self.socket.send_multipart([to, b"TM1", b"200", request_id, json.dumps(body).encode()])

    def push(self, command, runs, frames=()):
        body = json.dumps({"session": SESSION, "runs": runs}).encode()
        self.socket.send_multipart([self.worker, b"TM1", command, b"", body, *frames])

    def run(self, names, context=b"{}"):
        frame = {"frame": 0}
        self.push(b"STEP.RUN", [{
            "task_uuid": uuid_of("task"), "step_uuid": uuid_of(name), "run": 1,
            "run_token": "0" * 32, "step_name": name, "namespace": "n", "callable": "c",
            "method": "call", "attempt": 2, "max_attempts": 3, "context": frame,
            "initialization": frame, "dependency_results": {"parent": frame},
            "checkpoint": None} for name in names], [context])

    def cancel(self, name):
        self.push(b"STEP.CANCEL", [{"step_uuid": uuid_of(name), "run": 1, "reason": "x"}])

    def turn(self):
        """Takes all messages that are there."""
        while self.socket.poll(5):
            to, _, command, request_id, body, *frames = self.socket.recv_multipart()
            body = json.loads(body or b"{}")
            answer = {}
            if command == b"WORKER.HELLO":
                self.worker = to
                answer = {"session": SESSION, "node": SESSION, "heartbeat_ms": 500,
                          "lost_after_ms": 60000, "held": []}
            elif command == b"STEP.RESULT":
                answer = {"results": [self.take(result, frames) for result in body["results"]]}
            elif command == b"WORKER.BYE":
                self.byes.append(bool(body.get("drain")))
            self.answer(to, request_id, answer)

    def take(self, result, frames):
        name = bytes.fromhex(result["step_uuid"].replace("-", "")).lstrip(b"\0").decode()
        result["payload"] = frames[result["result"]["frame"]] if result["success"] else None
        self.results[name] = result
        return {"step_uuid": result["step_uuid"], "run": 1, "status": 200, "state": "complete"}

    def until(self, condition, what):
        def look():
            self.turn()
            return condition()
        return eventually(look, what)


def uuid_of(name):
    digits = name.encode().rjust(16, b"\0").hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class WorkerRunTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tmesh"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.endpoint = "ipc://%s/s" % self.folder
        self.server = Server(self.endpoint)
        self.addCleanup(self.server.close)

    def start(self, capacity, *program, options=()):
        """Starts a worker, and waits until it has said HELLO."""
        with open(self.folder / "log", "wb") as log:
            self.process = spawn([bin_path("taskmesh"), "--endpoint", self.endpoint, "worker", "run",
                                  "--namespace", "n", "--capacity", str(capacity), *options,
                                  "--exec", *program], stderr=log)
        self.addCleanup(self.process.kill)
        self.server.until(lambda: self.server.worker, "HELLO")

    def start_program(self, capacity=2):
        path = self.folder / "program"
        path.write_text(PROGRAM, "utf-8")
        path.chmod(0o755)
        self.start(capacity, str(path))

    def start_lines(self, capacity=1):
        path = self.folder / "lines.py"
        path.write_text(LINES, "utf-8")
        self.start(capacity, "/usr/bin/python3", str(path), options=["--lines"])

    def results_of(self, *names):
        self.server.run(names)
        return self.await_results(*names)

    def await_results(self, *names):
        self.server.until(lambda: set(names) <= set(self.server.results), names)
        return [self.server.results[name] for name in names]

    def stop(self):
        """The worker drains, says BYE and ends well."""
        self.process.send_signal(signal.SIGTERM)
        self.server.until(lambda: self.process.poll() is not None, "the worker's end")
        self.assertEqual(self.process.returncode, 0)
        self.assertFalse(self.server.byes[-1])

    def assert_failure(self, result, code, retryable):
        self.assertFalse(result["success"])
        self.assertEqual((result["error"]["code"], result["error"]["retryable"]), (code, retryable))

    def test_exit_codes_and_output_decide(self):
        self.start_program()
        verbatim, nothing, retry, permanent, killed, junk = self.results_of(
            "verbatim", "nothing", "retry", "permanent", "killed", "junk")
        self.assertEqual(verbatim["payload"], VERBATIM)
        self.assertEqual(nothing["payload"], b"null")
        self.assert_failure(retry, "retry_requested", True)
        self.assertEqual(retry["error"]["message"], "please again")
        self.assert_failure(permanent, "program_failed", False)
        self.assertLessEqual(len(permanent["error"]["message"]), 2048)
        self.assertTrue(permanent["error"]["message"].endswith("xxEND"))
        self.assert_failure(killed, "worker_process_killed", True)
        self.assert_failure(junk, "invalid_result", False)
        self.stop()

    def test_large_steps_go_in_and_out_byte_for_byte(self):
        self.start_program()
        context = b'{"n": 0.10, "lone":"\\ud800", "text":"' + b"y" * 300000 + b'"}'
        self.server.run(["echo"], context)
        step = self.await_results("echo")[0]["payload"]
        for part in (b'"input_data":' + context, b'"step_inputs":' + context,
                     b'"dependency_results":{"parent":' + context + b"}", b'"checkpoint":null',
                     b'"attempt":2,"max_attempts":3'):
            self.assertIn(part, step)
        self.stop()

    def test_a_program_that_is_not_there(self):
        self.start(1, str(self.folder / "nowhere"))
        self.assert_failure(self.results_of("any")[0], "program_not_started", True)
        self.stop()

    def test_a_cancelled_program_is_ended_and_its_slot_is_free(self):
        self.start_program(capacity=1)
        self.server.run(["sleeper"])
        children = "/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)
        eventually(lambda: pathlib.Path(children).read_text(), "a child")
        self.server.cancel("sleeper")
        self.results_of("nothing")
        self.assertNotIn("sleeper", self.server.results)
        self.stop()

    def test_lines_keep_their_process_and_survive_its_death(self):
        self.start_lines()
        # More than there are slots: each slot goes on with what waits.
        names = ["a", "killed", "b", "exits", "fails", "junk", "c", "d"]
        first, killed, _, exits, fails, junk, _, last = self.results_of(*names)
        self.assertEqual(first["payload"], b'{"n": 0.10, "lone": "\\ud800"}')
        self.assert_failure(killed, "worker_process_killed", True)
        self.assert_failure(exits, "worker_process_ended", True)
        self.assert_failure(fails, "c9", True)
        self.assert_failure(junk, "invalid_result", False)
        self.assertTrue(last["success"])
        self.server.run(["sleeper"])
        self.server.cancel("sleeper")
        self.results_of("e")
        self.stop()

    def test_a_second_signal_leaves_nothing_behind(self):
        self.start_program(capacity=1)
        self.server.run(["sleeper"])
        children = pathlib.Path("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid))
        child = int(eventually(children.read_text, "a child").split()[0])
        self.process.send_signal(signal.SIGINT)
        self.server.until(lambda: True in self.server.byes, "the wish for no more steps")
        self.assertIsNone(self.process.poll())
        self.process.send_signal(signal.SIGINT)
        self.assertEqual(self.process.wait(30), 130)
        with self.assertRaises(ProcessLookupError):
            os.kill(child, 0)


if __name__ == "__main__":
    unittest.main()
