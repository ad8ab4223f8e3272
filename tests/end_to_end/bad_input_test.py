"""What no good client sends: each gets its error with its place, nothing is written, and the daemon
goes on serving. Random messages are in random_input_test.py."""

import json
import socket
import unittest
import uuid

import zmq

from harness import EndToEndTest, Reply, one_step
from tm1 import open_dealer

UUID = str(uuid.uuid4())
FENCE = {"step_uuid": UUID, "run": 1, "run_token": "0" * 32}
LONG = "x" * 256
MISSING = object()

# command: a body that would be good, and for each field of it what may not stand there with the code.
FIELDS = {
    "TASK.SUBMIT": ({"namespace": "t", "name": "one"}, {
        "namespace": [(MISSING, "missing_field"), (None, "missing_field"), (5, "wrong_type"),
                      ("", "too_short"), (LONG, "too_long"), ("a\0b", "zero_byte")],
        "name": [(MISSING, "missing_field"), ([], "wrong_type"), ("", "too_short"),
                 (LONG, "too_long")],
        "version": [(1, "wrong_type"), ("", "too_short"), (LONG, "too_long")],
        "context": [("{}", "wrong_type"), ({}, "wrong_type"), ({"frame": "0"}, "wrong_type"),
                    ({"frame": 0.5}, "wrong_type"), ({"frame": -1}, "frame_out_of_range"),
                    ({"frame": 1}, "frame_out_of_range"),
                    ({"frame": 2**63 - 1}, "frame_out_of_range")],
        "idempotency_key": [(1, "wrong_type"), ("", "too_short"), (LONG, "too_long")],
        "auto_idempotency_key": [({}, "wrong_type"), (LONG, "too_long")],
        "on_duplicate": [("never", "unknown_value"), (5, "unknown_value")],
        "priority": [(101, "out_of_range"), (-101, "out_of_range"), (1.5, "wrong_type"),
                     ("1", "wrong_type"), (True, "wrong_type")],
        "initiator": [(5, "wrong_type"), (LONG, "too_long")],
        "source_system": [(LONG, "too_long")],
        "reason": [(LONG * 2, "too_long")],
        "tags": [("x", "wrong_type"), (5, "wrong_type")],
        "options": [(True, "wrong_type")],
        "correlation_id": [(LONG, "too_long")],
        "parent_correlation_id": [(7, "wrong_type"), (LONG, "too_long")],
        "delay_ms": [(-1, "out_of_range"), ("5", "wrong_type")],
        "run_at": [(-1, "out_of_range"), (2**62, "out_of_range")],
        "tasks": [([], "too_few"), ({}, "wrong_type"), ([{}] * 1001, "too_many")],
    }),
    "TASK.GET": ({"task_uuid": UUID}, {
        "task_uuid": [(MISSING, "missing_field"), (5, "not_a_uuid"), ("x", "not_a_uuid"),
                      (UUID + "0", "not_a_uuid")],
        "include": [("steps", "wrong_type"), (["nonsense"], "unknown_value"),
                    (["steps"] * 11, "too_many")],
    }),
    "TASK.STEPS": ({"task_uuid": UUID}, {"task_uuid": [(MISSING, "missing_field")]}),
    "TASK.WAIT": ({"task_uuid": UUID}, {
        "task_uuid": [([], "not_a_uuid")],
        "until": [("later", "unknown_value")],
        "timeout_ms": [(-1, "out_of_range"), (2**40, "out_of_range"), ("1", "wrong_type")],
    }),
    "TASK.EVENTS": ({"task_uuid": UUID}, {
        "task_uuid": [(MISSING, "missing_field"), ("x", "not_a_uuid")],
        "after": [(-1, "out_of_range"), (2**32, "out_of_range"), ("1", "wrong_type")],
        "limit": [(0, "out_of_range"), (1001, "out_of_range"), ([], "wrong_type")],
        "wait_ms": [(-1, "out_of_range"), (60001, "out_of_range"), (0.5, "wrong_type")],
    }),
    "STEP.AUDIT": ({"step_uuid": UUID}, {
        "step_uuid": [(MISSING, "missing_field"), ("x", "not_a_uuid")],
    }),
    "TASK.LIST": ({}, {
        "namespace": [(5, "wrong_type"), ("", "too_short")],
        "name": [(LONG, "too_long")],
        "status": [("sleeping", "unknown_value"), (5, "wrong_type")],
        "limit": [(0, "out_of_range"), (501, "out_of_range"), (1.0, "wrong_type")],
        "after": [("x", "not_a_uuid")],
        "version": [(1, "wrong_type"), ("", "too_short")],
        "correlation_id": [(LONG, "too_long")],
        "created_after_at": [(-1, "out_of_range"), ("now", "wrong_type")],
        "created_before_at": [(0, "out_of_range"), (2**62, "out_of_range")],
    }),
    "DLQ.LIST": ({}, {
        "status": [("sleeping", "unknown_value"), (5, "unknown_value")],
        "reason": [("none", "unknown_value"), ("", "unknown_value")],
        "task_uuid": [("x", "not_a_uuid")],
        "limit": [(0, "out_of_range"), (501, "out_of_range"), ("1", "wrong_type")],
        "after": [("x", "not_a_uuid"), (5, "not_a_uuid")],
    }),
    "DLQ.GET": ({"dlq_entry_uuid": UUID}, {
        "dlq_entry_uuid": [(MISSING, "missing_field"), ("x", "not_a_uuid")],
        "task_uuid": [(UUID, "contradiction"), ("x", "not_a_uuid")],
    }),
    "DLQ.ADD": ({"task_uuid": UUID}, {
        "task_uuid": [(MISSING, "missing_field"), ("x", "not_a_uuid")],
        "step_uuid": [("x", "not_a_uuid")],
        "reason": [("poison_step", "unknown_value"), (5, "unknown_value")],
        "notes": [(5, "wrong_type"), ("x" * 10_001, "too_long")],
        "by": [(LONG, "too_long")],
    }),
    "DLQ.UPDATE": ({"dlq_entry_uuid": UUID, "resolved_by": "ann"}, {
        "dlq_entry_uuid": [(MISSING, "missing_field"), ("x", "not_a_uuid")],
        "resolution_status": [("asleep", "unknown_value"), (5, "unknown_value")],
        "resolution_notes": [([], "wrong_type"), ("x" * 10_001, "too_long")],
        "resolved_by": [(LONG, "too_long")],
        "metadata": [(5, "wrong_type"), ([], "wrong_type")],
    }),
    "DLQ.STATS": ({}, {
        "limit": [(0, "out_of_range"), (101, "out_of_range"), ([], "wrong_type")],
    }),
    "TASK.CANCEL": ({"task_uuid": UUID}, {
        "task_uuid": [(None, "missing_field")],
        "reason": [(LONG * 2, "too_long")],
        "by": [(LONG, "too_long"), ([], "wrong_type")],
        "dry_run": [(True, "contradiction"), ("yes", "wrong_type")],
    }),
    "TASK.PAUSE": ({"task_uuids": [UUID]}, {
        "task_uuids": [([], "too_few"), ([UUID] * 1001, "too_many"), (UUID, "wrong_type")],
        "task_uuid": [(UUID, "contradiction")],
        "filter": [({}, "contradiction"), ({"name": "x"}, "contradiction")],
    }),
    "TASK.RESUME": ({"filter": {"name": "x"}}, {
        "filter": [({}, "empty_filter"), ({"after": UUID}, "empty_filter"), (5, "wrong_type")],
        "limit": [(0, "out_of_range"), (1001, "out_of_range"), ("1", "wrong_type")],
        "all": [("yes", "wrong_type")],
        "dry_run": [(1, "wrong_type")],
        "task_uuid": [(UUID, "contradiction")],
    }),
    "TASK.RESOLVE": ({"filter": {"name": "x"}, "action": "retry"}, {
        "action": [(MISSING, "missing_field"), ("explode", "unknown_value"),
                   ("pause", "unknown_value")],
        "reason": [(LONG * 2, "too_long")],
    }),
    "TEMPLATE.PUT": ({"source": {"frame": 0}}, {
        "source": [(MISSING, "missing_field"), ("text", "wrong_type"),
                   ({"frame": 3}, "frame_out_of_range")],
        "file": [(5, "wrong_type"), (LONG, "too_long")],
    }),
    "TEMPLATE.GET": ({"namespace": "t", "name": "one"}, {
        "namespace": [(MISSING, "missing_field")],
        "name": [(MISSING, "missing_field"), (5, "wrong_type")],
        "version": [("", "too_short")],
    }),
    "TEMPLATE.LIST": ({}, {"namespace": [(5, "wrong_type")]}),
    "WORKER.HELLO": ({"name": "w", "namespaces": ["t"], "capacity": 1}, {
        "name": [(MISSING, "missing_field"), ("", "too_short"), ("x" * 129, "too_long")],
        "namespaces": [(MISSING, "missing_field"), ([], "too_few"), ("t", "wrong_type"),
                       (["t"] * 65, "too_many")],
        "callables": [("some", "unknown_value"), (5, "wrong_type"), (["x"] * 65, "too_many")],
        "capacity": [(MISSING, "missing_field"), (0, "out_of_range"), (10001, "out_of_range"),
                     ("4", "wrong_type")],
        "heartbeat_ms": [(99, "out_of_range"), (60001, "out_of_range")],
        "lost_after_ms": [(199, "out_of_range"), (10**9, "out_of_range")],
        "held_runs": [({}, "wrong_type")],
    }),
    "WORKER.HEARTBEAT": ({"session": UUID}, {
        "session": [(MISSING, "missing_field"), ("x", "not_a_uuid"), (5, "not_a_uuid")]}),
    "WORKER.BYE": ({"session": UUID}, {"session": [(MISSING, "missing_field")]}),
    "STEP.RESULT": ({"results": []}, {
        "results": [(MISSING, "missing_field"), ({}, "wrong_type"), ("x", "wrong_type")]}),
}

# Deeper places: command, body, where, code.
NESTED = [
    ("TASK.GET", {"task_uuid": UUID, "include": ["steps", 5]}, "/include/1", "wrong_type"),
    ("WORKER.HELLO", {"name": "w", "capacity": 1, "namespaces": ["a", 5]}, "/namespaces/1",
     "wrong_type"),
    ("WORKER.HELLO", {"name": "w", "capacity": 1, "namespaces": ["a"], "callables": [""]},
     "/callables/0", "too_short"),
    ("WORKER.HELLO", {"name": "w", "capacity": 1, "namespaces": ["a"], "held_runs": [5]},
     "/held_runs/0", "wrong_type"),
    ("WORKER.HELLO", {"name": "w", "capacity": 1, "namespaces": ["a"],
                      "held_runs": [FENCE, dict(FENCE, run_token="x")]},
     "/held_runs/1/run_token", "not_a_token"),
    ("TASK.SUBMIT", {"namespace": "t", "name": "one", "delay_ms": 1, "run_at": 1}, "/delay_ms",
     "contradiction"),
    ("TASK.CANCEL", {"task_uuids": [UUID, 5]}, "/task_uuids/1", "wrong_type"),
    ("TASK.CANCEL", {"task_uuids": [UUID, "x"]}, "/task_uuids/1", "not_a_uuid"),
    ("TASK.CANCEL", {"filter": {"statos": "error"}, "all": True}, "/filter/statos", "unknown_field"),
    ("TASK.CANCEL", {"filter": {"limit": 5, "name": "x"}}, "/filter/limit", "unknown_field"),
    ("TASK.CANCEL", {"filter": {"status": "asleep"}}, "/filter/status", "unknown_value"),
    ("TASK.CANCEL", {"filter": {"a/b": 1}}, "/filter", "unknown_field"),
]

CONTEXTS = [(b"[]", "not_an_object"), (b"5", "not_an_object"), (b"", None), (b"{", None),
            (b'{"a":1}x', None), (b"\xff\xfe", None), (b'{"a":1,"a":2}', None),
            (b'{"a":' + b"[" * 11 + b"]" * 11 + b"}", None),
            (json.dumps({str(n): n for n in range(1001)}).encode(), None),
            (b'{"a":"' + b"x" * 10001 + b'"}', None), (b'{"a":"' + b" " * 2**20 + b'"}', None),
            (b'{"a":"\x01"}', None), (b'{"a":01}', None), (b"{'a':1}", None), (b'{"a":NaN}', None)]


class BadInputTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon(message_bytes_max=4_000_000)
        self.client = self.start_client(self.daemon)
        self.client.put_template(one_step("t", "one"))
        self.before = (self.daemon.contents(), self.daemon.commits())
        self.addCleanup(self.assert_nothing_was_written)

    def assert_nothing_was_written(self):
        self.assertEqual(self.client.ping(timeout=20).status, 200, "it goes on serving")
        self.assertEqual((self.daemon.contents(), self.daemon.commits()), self.before)
        self.assertEqual(sum(actor["restarts"] for actor in self.daemon.stats()["actors"]), 0)
        self.assertNotIn(" error ", self.daemon.log())

    def assert_refused(self, reply, code, where=None, status=400):
        self.assertGreaterEqual(reply.status, 400)
        error = reply.body["error"]
        if code:
            self.assertEqual((reply.status, error["code"]), (status, code), error)
        if where is not None:
            self.assertEqual(error["where"], where, error)
        self.assertNotEqual(error["message"], "")

    # ---- Bodies ----------------------------------------------------------------------------------

    def test_each_field_says_what_is_wrong_with_it_and_where(self):
        for command, (good, fields) in FIELDS.items():
            for field, cases in fields.items():
                for value, code in cases:
                    with self.subTest(command=command, field=field, value=repr(value)[:40]):
                        body = {key: each for key, each in good.items() if key != field}
                        if value is not MISSING:
                            body[field] = value
                        reply = self.client.request(command, body, [b"{}"])
                        self.assert_refused(reply, code, "/" + field)

    def test_deeper_places(self):
        for command, body, where, code in NESTED:
            with self.subTest(command=command, where=where):
                self.assert_refused(self.client.request(command, body), code, where)

    def test_one_task_of_several_is_named(self):
        reply = self.client.ok("TASK.SUBMIT", {"tasks": [5, {"namespace": "t"}, {
            "namespace": "t", "name": "one", "context": {"frame": 9}}]})
        places = [task["error"]["where"] for task in reply.body["tasks"]]
        self.assertEqual(places, ["/tasks/0", "/tasks/1/name", "/tasks/2/context"])

    def test_one_result_of_several_is_named(self):
        reply = self.client.ok("STEP.RESULT", {"results": [
            5, {}, dict(FENCE, run=0), dict(FENCE, run_token="x"), dict(FENCE, success=True)]})
        results = reply.body["results"]
        self.assertEqual([each["status"] for each in results], [400, 400, 400, 400, 404])
        self.assertEqual([each["error"]["where"] for each in results[:4]],
                         ["/results/0", "/results/1/step_uuid", "/results/2/run",
                          "/results/3/run_token"])

    def test_bodies_that_are_no_object(self):
        for body in (b"{", b"nonsense", b"[]", b"5", b'"x"', b"null", b'{"a":1}x', b"\xff",
                     b'{"a":1,"a":2}', b"{" * 100_000, b"[" * 100_000, b'{"a":' * 40 + b"1"
                     + b"}" * 40):
            for command in ("PING", "TASK.SUBMIT", "STEP.RESULT", "WORKER.HELLO"):
                with self.subTest(body=body[:20], command=command):
                    self.assert_refused(self.client.request(command, body), None, "")

    def test_contexts(self):
        for context, code in CONTEXTS:
            with self.subTest(context=context[:30]):
                reply = self.client.try_submit("t", "one", context)
                self.assert_refused(reply, code)
                self.assertTrue(reply.body["error"]["where"].startswith("/context"))

    def test_what_does_not_exist(self):
        self.assert_refused(self.client.try_submit("t", "none"), "unknown_template", status=404)
        self.assert_refused(self.client.try_submit("t", "one", version="9.9.9"),
                            "unknown_template", status=404)
        self.assert_refused(self.client.request("TEMPLATE.GET", {"namespace": "u", "name": "one"}),
                            "unknown_template", status=404)
        self.assert_refused(self.client.request("WORKER.HEARTBEAT", {"session": UUID}),
                            "unknown_session", "/session", status=404)
        for command in ("", "task.submit", "TASK.NOTHING", "x" * 64, "\0", "TASK.SUBMIT "):
            self.assert_refused(self.client.request(command), "unknown_command")

    # ---- Templates -------------------------------------------------------------------------------

    HEAD = "name: x\nnamespace_name: y\nversion: 1.0.0\nsteps:\n"
    A = "  - {name: a, handler: {callable: f}, dependencies: [%s]}\n"
    B = "  - {name: b, handler: {callable: f}, dependencies: [a]}\n"
    # source: code, line, column (None: anywhere in it), what the message says
    TEMPLATES = [
        ("name: [\n", "YAML_SYNTAX", 2, 1, ""),
        ("name: x\nsteps:\n  - a: b: c\n", "YAML_SYNTAX", 3, 9, ""),
        ("name: x\n\tversion: 1\n", "YAML_SYNTAX", 1, 7, ""),
        ('{"name": }', None, 1, None, ""),
        (HEAD + A % "b" + B, "CYCLE_DETECTED", 5, None, "a -> b -> a"),
        (HEAD + A % "a", "SELF_DEPENDENCY", 5, None, '"a" depends on itself'),
        (HEAD + A % "" + A % "", "DUPLICATE_STEP_NAME", 6, 12, '"a"'),
        (HEAD + A % "zz", "MISSING_DEP_REF", 5, 54, '"zz"'),
        ("", "EMPTY_DOCUMENT", 1, 1, ""),
        ("- a\n", "BAD_TYPE", 1, 1, "map"),
        ("name: x\nnamespace_name: y\nversion: 1.0.0\nsteps: 5\n", "BAD_TYPE", 4, 8, "steps"),
        (HEAD + "  - {name: a}\n", "MISSING_FIELD", 5, None, "handler"),
    ]

    def test_templates(self):
        for source, code, line, column, says in self.TEMPLATES:
            with self.subTest(source=source[-60:]):
                reply = self.client.request("TEMPLATE.PUT", {"source": {"frame": 0},
                                                             "file": "f.yaml"}, [source.encode()])
                self.assert_refused(reply, "invalid_template")
                issue = next(issue for issue in reply.body["error"]["details"]["issues"]
                             if issue["severity"] == "error")
                self.assertEqual((issue["code"], issue["line"]), (code or issue["code"], line))
                self.assertEqual(issue["column"], column or issue["column"])
                self.assertGreater(issue["column"], 0)
                self.assertIn(says, issue["message"])

    def test_templates_offline(self):
        file = self.daemon.folder / "broken.yaml"
        for source, code, line, column, says in self.TEMPLATES:
            with self.subTest(source=source[-60:]):
                file.write_text(source)
                done = self.daemon.cli("template", "validate", file)
                self.assertEqual(done.code, 1)
                self.assertIn(f"{file}:{line}:{column or ''}", done.stdout + done.stderr)
                self.assertIn(code or "", done.stdout)
                self.assertIn(says, done.stdout)

    # ---- Frames ----------------------------------------------------------------------------------

    def raw(self, *frames, kind=zmq.DEALER):
        with zmq.Context.instance().socket(kind) as peer:
            peer.linger = 0
            peer.connect(self.daemon.endpoint)
            peer.send_multipart(frames)
            self.assertTrue(peer.poll(20_000), "an answer to %s" % (frames,))
            answer = peer.recv_multipart()
            head = 1 if kind == zmq.DEALER and answer[0] == b"" else 0
            version, status, number, body = answer[head:head + 4]
            self.assertEqual(version, b"TM1")
            return Reply(int(status), json.loads(body), number), head

    def test_frames(self):
        for frames, code, number in [
                ([b"TM1"], "missing_frames", b""),
                ([b"TM1", b"PING"], "missing_frames", b""),
                ([b"TM1", b"PING", b"7"], "missing_frames", b"7"),
                ([b"TM2", b"PING", b"7", b"{}"], "unknown_version", b"7"),
                ([b"x"], "unknown_version", b""),
                ([b"TM1", b"PING", b"7" * 65, b"{}"], "request_id_too_long", b""),
                ([b"TM1", b"P" * 65, b"7", b"{}"], "command_too_long", b"7"),
                ([b"TM1", b"PING", b"\0" * 64, b"{}"], None, b"\0" * 64),
                ([b"TM1", b"PING", b"", b""], None, b""),
                ([b"TM1", b"PING", b"7", b"{}"] + [b""] * 70_001, "too_many_frames", b"7")]:
            with self.subTest(frames=[frame[:10] for frame in frames[:6]]):
                reply, _ = self.raw(*frames)
                self.assertEqual(reply.frames, number, "the request id")
                if code:
                    self.assert_refused(reply, code)
                else:
                    self.assertEqual(reply.status, 200)
        reply, _ = self.raw(b"TM9", b"PING", b"", b"")
        self.assertEqual(reply.body["error"]["details"]["versions"], ["TM1"])

    def test_req_sockets_and_empty_first_frames(self):
        reply, _ = self.raw(b"TM1", b"PING", b"7", b"", kind=zmq.REQ)
        self.assertEqual((reply.status, reply.frames), (200, b"7"))
        reply, mirrored = self.raw(b"", b"TM1", b"PING", b"7", b"")
        self.assertEqual((reply.status, mirrored), (200, 1))
        reply, _ = self.raw(b"nonsense", kind=zmq.REQ)
        self.assert_refused(reply, "unknown_version")
        reply, _ = self.raw(b"", b"", b"TM1", b"PING", b"7", b"")
        self.assertGreaterEqual(reply.status, 400)

    def test_too_much(self):
        half = b'{"a":"' + b"x" * 2_500_000 + b'"}'
        reply = self.client.request("TASK.SUBMIT", {"namespace": "t", "name": "one"}, [half, half])
        self.assert_refused(reply, "message_too_large", status=413)
        with open_dealer(zmq.Context.instance(), self.daemon.endpoint) as peer:
            peer.send_multipart([b"TM1", b"PING", b"1", b"", b"x" * 5_000_000])
            self.assertFalse(peer.poll(300), "its connection ends, and nobody answers")
        self.assertEqual(self.client.ping(timeout=20).status, 200)

    def test_what_is_not_zeromq(self):
        path = self.daemon.endpoint.removeprefix("ipc://")
        for bytes_sent in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" + b"\0" * 8 + b"\x7f\x03" + b"\0" * 54,
                           b"\0" * 10_000, b""):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(path)
                peer.sendall(bytes_sent)
            self.assertEqual(self.client.ping(timeout=20).status, 200)


if __name__ == "__main__":
    unittest.main()
