"""Every error code, provoked: it is answered as docs/ERRORS.md says, and nothing is written. What is
recorded by design (failures of steps) is recorded once, and nothing else."""

import contextlib
import json
import resource
import signal
import sqlite3
import subprocess
import sys
import unittest

import error_codes
import postgres_cluster
from error_cases import (ANSWERS, MESSAGE_BYTES_MAX, NOT_STARTED, RECORDED, UUID, answer_of, asks,
                         provokes, submits)
from harness import HERE, EndToEndTest, Failure, bin_path, eventually, one_step, spawn, template

sys.path.append(str(HERE.parent / "conformance"))
from hands import Hands  # noqa: E402


class ErrorsTest(EndToEndTest):
    def prepare(self, **options):
        """self.daemon, self.client, and tasks in some states; no worker."""
        self.daemon = self.start_daemon(message_bytes_max=MESSAGE_BYTES_MAX, **options)
        self.client = self.start_client(self.daemon)
        self.client.put_template([
            one_step("t", "one"),
            template("t", "keyed", {"a": []}, identity_strategy="caller_provided"),
            template("t", "with_schema", {"a": []}, input_schema={"required": ["n"]}),
            template("t", "deciding", [
                {"name": "a", "handler": {"callable": "a"}},
                {"name": "decide", "type": "decision", "handler": {"callable": "decide"},
                 "dependencies": ["a"]},
                {"name": "branch", "handler": {"callable": "b"}, "dependencies": ["decide"]}]),
            template("t", "batch", [
                {"name": "split", "type": "batchable", "handler": {
                    "callable": "split", "initialization": {"worker_template_name": "b"}}},
                {"name": "b", "type": "batch_worker", "handler": {"callable": "b"},
                 "dependencies": ["split"],
                 "batch_config": {"batch_size": 1, "parallelism": 1, "cursor_field": "id",
                                  "worker_template": "b", "failure_strategy": "fail_fast"}}])])
        self.steps = {}
        self.open = self.given("open", "one", {"open": 1})
        self.cancelled = self.given("cancelled", "one", {"cancelled": 1})
        self.client.ok("TASK.CANCEL", {"task_uuid": self.cancelled})
        self.given("decide", "deciding", {})
        self.given("split", "batch", {})

    def given(self, step, name, context):
        task = self.client.submit("t", name, context)
        steps = self.client.ok("TASK.STEPS", {"task_uuid": task}).body["steps"]
        self.steps[step] = [each for each in steps if each["name"] in (step, "work")][0]["step_uuid"]
        return task

    @contextlib.contextmanager
    def nothing_written(self):
        before = (self.daemon.contents(), self.daemon.commits())
        yield
        self.assertEqual((self.daemon.contents(), self.daemon.commits()), before)

    def ask(self, frames):
        """(status, error) of the answer."""
        self.client.socket.send_multipart(frames)
        self.assertTrue(self.client.socket.poll(30_000), "an answer to %s" % frames[1:2])
        _, status, _, body = self.client.socket.recv_multipart()[:4]
        return answer_of(int(status), json.loads(body))

    def is_error(self, answer, status, code):
        self.assertEqual((answer[0], (answer[1] or {}).get("code")), (status, code), answer)
        self.assertNotEqual(answer[1]["message"], "")
        self.assertEqual(error_codes.in_documents()[code], status, "docs/ERRORS.md")
        self.assertEqual("retry_after_ms" in answer[1], status == 503, answer)

    def test_answers(self):
        self.prepare()
        for code, case in ANSWERS.items():
            with self.subTest(code=code), self.nothing_written():
                self.is_error(self.ask(case.frames(self)), case.status, code)

    @provokes("too_many_offers")
    def test_too_many_kinds_of_workers(self):
        self.prepare()
        with self.nothing_written():
            for number in range(1025):
                reply = self.client.request("WORKER.HELLO", {"name": "w", "capacity": 1,
                                                             "namespaces": ["n%d" % number]})
                if reply.status != 200:
                    break
            self.is_error((reply.status, reply.body["error"]), 503, "too_many_offers")

    @provokes("too_many_pending")
    def test_too_many_who_wait(self):
        self.prepare()
        with self.nothing_written(), self.daemon.client() as crowd:
            for _ in range(20_000):
                crowd.send("TASK.WAIT", {"task_uuid": self.open, "timeout_ms": 5000})
            reply = eventually(lambda: self.refused("PING"), "it is too much")
            self.is_error((reply.status, reply.body["error"]), 503, "too_many_pending")
            eventually(self.nobody_waits, "they have waited long enough")

    def refused(self, command):
        reply = self.client.request(command)
        return reply.status != 200 and reply

    def nobody_waits(self):
        reply = self.client.request("STATS")
        return reply.status == 200 and reply.body["gateway"]["waiting_clients"] == 0

    @provokes("duplicate_entry")
    def test_an_entry_that_is_pending_already(self):
        self.prepare()
        self.client.ok("DLQ.ADD", {"task_uuid": self.open})
        with self.nothing_written():
            reply = self.client.request("DLQ.ADD", {"task_uuid": self.open})
            self.is_error((reply.status, reply.body["error"]), 409, "duplicate_entry")

    @provokes("full")
    def test_more_than_may_wait(self):
        """Somebody else writes to the store, against the rules; so what is asked piles up."""
        self.prepare(mailbox_limit=100)
        with self.nothing_written():
            with contextlib.closing(sqlite3.connect(self.daemon.store_path)) as other:
                other.execute("BEGIN IMMEDIATE")
                numbers = [self.client.send("TASK.CANCEL", {"task_uuid": UUID}) for _ in range(600)]
                last = self.client.receive(numbers[-1])
                other.execute("ROLLBACK")
            self.is_error((last.status, last.body["error"]), 503, "full")
            self.is_error(answer_of(*self.client.receive(numbers[0])[:2]), 404, "unknown_task")

    @provokes("io")
    def test_a_disk_that_is_full(self):
        """Files may not grow any more; the signal that says so is ignored, as on a full disk."""
        self.prepare(arguments=[])
        with self.nothing_written():
            pid = self.daemon.process.pid
            size = max(path.stat().st_size for path in self.daemon.folder.glob("d.*"))
            before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            try:
                big = b'{"a": [' + b",".join([b'"%s"' % (b"x" * 9000)] * 100) + b"]}"
                reply = self.client.try_submit("t", "one", big)
            finally:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
            self.is_error((reply.status, reply.body["error"]), 503, "io")
        self.assertEqual(self.client.try_submit("t", "one", big).status, 201)

    @provokes("stopping")
    def test_a_server_that_stops(self):
        self.prepare()
        gate = self.gate()
        worker = self.start_worker(self.daemon, "t", {"work": lambda run: gate.wait(60)},
                                   callables=["work"])
        eventually(worker.seen, "a run is out")
        self.daemon.process.send_signal(signal.SIGTERM)
        eventually(lambda: "node.door_closed" in self.daemon.log(), "the door is closed")
        self.is_error(self.ask(submits(503, b'{"n": 2}').frames(self)), 503, "stopping")
        # What runs may still be noted; no task has come to exist.
        self.assertEqual(self.daemon.query("SELECT count(*) FROM tasks"), [(len(self.steps),)])
        gate.set()
        process, self.daemon.process = self.daemon.process, None  # one SIGTERM is enough
        self.assertEqual(process.wait(60), 0)

    @provokes("internal_error")
    def test_a_store_that_somebody_has_damaged(self):
        self.prepare()
        with contextlib.closing(sqlite3.connect(self.daemon.store_path)) as other:
            other.execute("UPDATE tasks SET state = 99")
            other.commit()
        with self.nothing_written():
            answer = self.ask(asks(500, "TASK.GET", {"task_uuid": self.open}).frames(self))
            self.is_error(answer, 500, "internal_error")


class RecordedErrorsTest(EndToEndTest):
    """Failures of steps are written, once for each run, and nothing else is."""

    def setUp(self):
        self.daemon = self.start_daemon(retry_jitter="false")
        self.client = self.start_client(self.daemon)

    def audit(self, task):
        step, = self.client.ok("TASK.STEPS", {"task_uuid": task}).body["steps"]
        results = self.client.ok("STEP.AUDIT", {"step_uuid": step["step_uuid"]}).body["results"]
        return step, [each["error"] and each["error"]["code"] for each in results]

    def test_results_that_can_not_be_used(self):
        handlers = {}
        for code, (deed, _) in RECORDED.items():
            handlers[code] = self.raising(deed) if isinstance(deed, Failure) else deed
            self.client.put_template(one_step("t", code, callable=code, timeout_seconds=1,
                                              retry={"max_attempts": 1}))
        self.start_worker(self.daemon, "t", handlers)
        for code, (_, state) in RECORDED.items():
            with self.subTest(code=code):
                task = self.client.submit("t", code)
                self.assertEqual(self.client.wait(task)["status"], "blocked_by_failures")
                step, codes = self.audit(task)
                self.assertEqual((step["current_state"], step["error"]["code"], step["results"]),
                                 (state, code, None))
                self.assertEqual(codes, [code])
        self.assertEqual(self.daemon.query("SELECT count(*) FROM results"), [(len(RECORDED),)])

    @staticmethod
    def raising(failure):
        def fail(_):
            raise failure
        return fail

    @provokes("worker_lost", "poison_step")
    def test_workers_that_are_lost(self):
        self.client.put_template(one_step("t", "one", retry={"max_attempts": 9, "backoff": "none"}))
        task = self.client.submit("t", "one")
        for _ in range(3):
            hands = Hands(self.daemon.endpoint, ["t"], heartbeat_ms=300, lost_after_ms=1000)
            run = hands.take()
            eventually(lambda: hands.takes_nothing_more()  # says that it lives
                       and self.audit(task)[0]["current_state"] == "in_progress", "it is noted")
            hands.vanish()
            eventually(lambda: len(self.audit(task)[1]) == run.run, "it is recorded")
        step, codes = self.audit(task)
        self.assertEqual(codes, ["worker_lost", "worker_lost", "poison_step"])
        self.assertEqual((step["current_state"], step["error"]["code"]), ("error", "poison_step"))


class NotStartedTest(EndToEndTest):
    def not_started(self, code, daemon, **options):
        done = subprocess.run([*daemon.command(), *[part for name, value in options.items()
                                                    for part in ("--" + name, value)]],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("daemon.not_started code=%s " % code, done.stdout + done.stderr)
        self.assertIn(code, error_codes.in_documents())

    def stopped(self):
        daemon = self.start_daemon()
        daemon.stop()
        return daemon

    def test_stores(self):
        for code, prepare in NOT_STARTED.items():
            with self.subTest(code=code):
                daemon = self.stopped()
                prepare(daemon.store_path)
                before = daemon.store_path.is_file() and daemon.store_path.read_bytes()
                self.not_started(code, daemon)
                after = daemon.store_path.is_file() and daemon.store_path.read_bytes()
                self.assertEqual(after, before)

    @provokes("store_locked")
    def test_a_store_that_another_server_owns(self):
        daemon = self.start_daemon()
        before = (daemon.contents(), daemon.commits())
        self.not_started("store_locked", daemon, bind=daemon.endpoint + "2")
        self.assertEqual((daemon.contents(), daemon.commits()), before)

    @provokes("unknown_store")
    def test_a_store_of_another_kind(self):
        self.not_started("unknown_store", self.stopped(), store="oracle:x")

    @provokes("store_unreachable")
    def test_a_database_that_nobody_serves(self):
        daemon = self.stopped()
        self.not_started("store_unreachable", daemon,
                         store=f"postgresql://ann:secret@/shop?host={daemon.folder}")

    @provokes("store_unsuitable")
    def test_a_database_in_another_encoding(self):
        url = postgres_cluster.new_database("ENCODING 'SQL_ASCII' TEMPLATE template0")
        self.not_started("store_unsuitable", self.stopped(), store=url)

    @provokes("actor_not_started")
    def test_an_address_that_can_not_be_had(self):
        daemon = self.stopped()
        before = daemon.contents()
        self.not_started("actor_not_started", daemon, bind=f"ipc://{daemon.folder}/none/d.sock")
        self.assertEqual(daemon.contents(), before)


class ClientErrorsTest(EndToEndTest):
    def says(self, endpoint, code, exit_code):
        done = self.daemon.cli("--endpoint", endpoint, "--timeout", "0.2", "task", "list")
        self.assertEqual(done.code, exit_code, done)
        self.assertIn(code, done.stderr)

    @provokes("no_answer")
    def test_nobody_to_talk_to(self):
        self.daemon = self.start_daemon()
        before = self.daemon.contents()
        self.says(f"ipc://{self.daemon.folder}/nobody", "no_answer", 5)
        self.assertEqual(self.daemon.contents(), before)

    @provokes("interrupted")
    def test_somebody_who_waits_is_interrupted(self):
        self.daemon = self.start_daemon()
        client = self.start_client(self.daemon)
        client.put_template(one_step("t", "one"))
        task = client.submit("t", "one")
        before = self.daemon.contents()
        process = spawn([bin_path("taskmesh"), "--endpoint", self.daemon.endpoint, "task",
                         "wait", task], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        eventually(lambda: self.daemon.stats()["gateway"]["waiting_clients"] == 1, "it waits")
        process.terminate()
        stderr = process.communicate(timeout=60)[1].decode()
        self.assertIn("interrupted", stderr)
        self.assertEqual(self.daemon.contents(), before)


if __name__ == "__main__":
    unittest.main()
