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

    def test_what_a_body_itself_carries(self):
        # Tags and options stand in the body, not in a frame; the same holds for them.
        tags = rb'[123456789012345678901234567890,1E400,0.10,"\ud800\u0000",{"\ud800":1,"\ud801":2}]'
        options = rb'{"a\u0000b": -0.0 ,"n":-99999999999999999999}'
        body = b'{"namespace":"t","name":"one","tags":%s,"options":%s}' % (tags, options)
        reply = self.client.request("TASK.SUBMIT", body)
        self.assertEqual(reply.status, 201, reply.body)
        self.assertEqual(self.daemon.query("SELECT tags, options FROM task_requests"),
                         [(tags.decode(), options.decode())])
        task = reply.body["task_uuid"]
        self.assertEqual(self.client.get(task)["tags"], json.loads(tags))
        shown = self.daemon.cli("task", "get", task, "--json")
        self.assertEqual(shown.code, 0, shown)
        self.assert_in_json(tags, shown.stdout)

    def test_numbers_that_do_not_fit_are_no_integers(self):
        for field, number in (("priority", b"123456789012345678901234567890"),
                              ("delay_ms", b"1e999"), ("run_at", b"-99999999999999999999")):
            body = b'{"namespace":"t","name":"one","%s":%s}' % (field.encode(), number)
            reply = self.client.request("TASK.SUBMIT", body)
            self.assertEqual((reply.status, reply.body["error"]["where"]), (400, "/" + field))

    def test_a_result_is_not_lost_for_what_its_body_says_beside(self):
        for number, field in enumerate((rb'"metadata":{"bytes":123456789012345678901234567890}',
                                        rb'"error":{"message":"no file \udce4.txt"}')):
            with self.subTest(field=field):
                with self.daemon.worker("t", {"*": self.take}) as worker:
                    self.answer = b'{"results":[{%s,"success":%s,%s}]}'
                    self.field, self.success = field, b"false" if number else b"true"
                    task = self.client.wait(self.client.submit("t", "one", {"n": number}))
                    self.assertEqual(worker.seen(), [("work", 1)])
                step = task["steps"][0]
                self.assertEqual(step["current_state"], "error" if number else "complete")
        self.assertEqual(step["error"]["message"], "no file \ufffd.txt")

    def take(self, run):
        """Answers with a body of its own; what the worker sends behind it is a repetition."""
        fence = json.dumps(run.fence()).encode()[1:-1]
        with self.daemon.client() as client:
            reply = client.request("STEP.RESULT",
                                   self.answer % (fence, self.success, self.field))
        self.assertEqual(reply.body["results"][0]["status"], 200)


if __name__ == "__main__":
    unittest.main()
