"""Payloads come out byte for byte as they went in: through the protocol, through the command line, to
a worker in Python and to programs of `worker run`."""

import json
import sys
import unittest

from harness import HERE, EndToEndTest, one_step, payload, template

# What a parser would change: numbers, spaces, escapes, order and kind of keys.
CONTEXT = (rb' { "tenth":0.1, "large": 123456789012345678901234567890, "zero": -0.0, "exp":1E+400,'
           rb' "one":1.0, "nul":"a\u0000b", "lone":"\ud800", "pair":"\uD83D\uDE00",'
           rb' "slash":"\/", "z":1, "a":{ "b" : [ ] } ,"utf8":"' + "äöü€𝄞".encode() + b'" }\n')
RESULT = b'[0.1,123456789012345678901234567890 ,"\\u0000","\\udc00\\ud800" , 1e-7, -0, 1.50]'

# Cuts its input_data out of stdin, without parsing it.
ECHO = """
import sys
text = sys.stdin.buffer.read()
start = text.index(b'"input_data":') + len(b'"input_data":')
sys.stdout.buffer.write(text[start:text.index(b'"step_inputs":')].strip().rstrip(b','))
"""


class NumbersTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.client.put_template(one_step("t", "one"))

    def assert_in_json(self, expected, document):
        """As a value of the CLI's JSON document: the very bytes, spaces around it aside."""
        self.assertIn(expected.strip().decode("utf-8"), document)
        json.loads(document)

    def test_through_the_protocol(self):
        self.client.put_template(template("t", "two", {"a": [], "b": ["a"]}))
        seen = {}

        def work(run):
            seen[run.step_name] = (run.context, run.dependency_results)
            return RESULT

        self.start_worker(self.daemon, "t", {"*": work})
        task = self.client.wait(self.client.submit("t", "two", CONTEXT))
        self.assertEqual(task["context"], CONTEXT)
        self.assertEqual([step["results"] for step in task["steps"]], [RESULT, RESULT])
        self.assertEqual(seen, {"a": (CONTEXT, {}), "b": (CONTEXT, {"a": RESULT})})
        reply = self.client.ok("TASK.STEPS", {"task_uuid": task["task_uuid"]})
        for step in reply.body["steps"]:
            self.assertEqual(payload(reply.frames, step["results"]), RESULT)

    def test_after_a_restart(self):
        task = self.client.submit("t", "one", CONTEXT)
        self.daemon.sigkill()
        self.daemon.start()
        with self.daemon.worker("t", {"*": lambda run: run.context}):
            self.client.wait(task)
        self.assertEqual(self.client.get(task)["context"], CONTEXT)
        self.assertEqual(self.client.get(task)["steps"][0]["results"], CONTEXT)

    def test_through_the_command_line(self):
        self.start_worker(self.daemon, "t", {"*": lambda run: RESULT})
        file = self.daemon.folder / "context.json"
        file.write_bytes(CONTEXT)
        ways = {"argument": (CONTEXT.decode(), None), "file": (f"@{file}", None),
                "stdin": ("-", CONTEXT)}
        for number, (way, (context, stdin)) in enumerate(ways.items()):
            with self.subTest(way=way):
                done = self.daemon.cli("submit", "t/one", "--context", context, "--wait", "--json",
                                       "--idempotency-key", number, input=stdin)
                self.assertEqual(done.code, 0, done)
                self.assert_in_json(RESULT, done.stdout)
                task = json.loads(done.stdout)["task_uuid"]
                shown = self.daemon.cli("task", "get", task, "--context", "--steps", "--json")
                self.assert_in_json(CONTEXT, shown.stdout)
                self.assert_in_json(RESULT, shown.stdout)
                self.assertEqual(self.client.get(task)["context"], CONTEXT)

    def test_through_programs(self):
        self.start_cli_worker(self.daemon, "t", [sys.executable, "-c", ECHO])
        task = self.client.wait(self.client.submit("t", "one", CONTEXT))
        self.assertEqual(task["steps"][0]["results"], CONTEXT.strip())

    def test_through_lines(self):
        # One line per step: spaces between the values may go, the values themselves not.
        self.start_cli_worker(self.daemon, "t", [sys.executable, "-B", HERE / "echo_lines.py"],
                              "--lines")
        pretty = CONTEXT.replace(b', "', b',\n "')
        for number, context in enumerate((CONTEXT, pretty)):
            task = self.client.wait(self.client.submit("t", "one", context,
                                                       idempotency_key=str(number)))
            compact = CONTEXT.replace(b" ", b"").strip()
            self.assertEqual(task["steps"][0]["results"], compact)


if __name__ == "__main__":
    unittest.main()
