"""A worker that speaks TM1 by itself, after "A worker in thirty lines" of docs/PROTOCOL.md. One
thread owns the socket; handlers run in `capacity` more."""

import fnmatch
import itertools
import json
import os
import queue
import threading
import time

import zmq

from tm1 import VERSION, open_dealer, payload, to_json

RESEND_S = 2.0
JOIN_S = 10.0


class Failure(Exception):
    """Raised by a handler: the step has failed. `fields` become orchestration_metadata."""

    def __init__(self, message, retryable=True, code=None, **fields):
        super().__init__(message)
        self.retryable = retryable
        self.code = code
        self.fields = fields


PENDING = object()  # what a handler returns to hand its run over: others report, by the run token


class Run:
    """What STEP.RUN says about one run, with payloads as bytes."""

    def __init__(self, fields, frames):
        self.__dict__.update(fields)
        self.context = payload(frames, fields.get("context"))
        self.initialization = payload(frames, fields.get("initialization"))
        self.checkpoint = payload(frames, fields.get("checkpoint"))
        self.dependency_results = {name: payload(frames, reference)
                                   for name, reference in fields["dependency_results"].items()}
        self.ancestor_results = {name: payload(frames, reference) for name, reference
                                 in fields.get("ancestor_results", {}).items()}
        self.dependency_failures = fields.get("dependency_failures", {})
        self.truncated = fields.get("truncated", False)
        self.key = (self.step_uuid, self.run)
        self.result = None  # the body of our answer, once there is one
        self.payload = None
        self.sent_at = 0.0
        self.was_sent = False
        self.cancelled = threading.Event()  # a handler that takes long may look at it

    def fence(self):
        return {"step_uuid": self.step_uuid, "run": self.run, "run_token": self.run_token}


class Worker:
    """`handlers`: {glob of callables: function(run)}. What a function returns is the result: bytes as
    they are, anything else as JSON; Failure makes it fail. A context manager: ready inside, gone behind."""

    def __init__(self, endpoint, namespaces, handlers, capacity=4, name="py", callables=None,
                 heartbeat_ms=None, lost_after_ms=None, resend_s=RESEND_S):
        self.endpoint = endpoint
        self.handlers = handlers
        self.capacity = capacity
        self.hello = {"name": name, "namespaces": list(namespaces), "capacity": capacity,
                      "protocol": ["TM1"], "features": []}
        for field, value in (("callables", callables), ("heartbeat_ms", heartbeat_ms),
                             ("lost_after_ms", lost_after_ms)):
            if value is not None:
                self.hello[field] = value
        self.resend_s = resend_s
        self.heartbeat_s = (heartbeat_ms or 1000) / 1000
        self.lost_after_s = (lost_after_ms or 3000) / 1000
        self.session = None
        self.held = {}          # (step, run) -> Run, until its result is answered
        self.history = []       # (event, Run), in the order of handlers' starts and ends
        self.answers = []       # what the server said to each result
        self.sessions = []      # each session that HELLO gave us
        self.out_max = 0        # runs that we had at one time without having answered them
        self.lock = threading.Lock()
        self.ready = threading.Event()
        self.stopping = threading.Event()
        self.todo = queue.Queue()
        self.done = queue.Queue()
        self.wake_read, self.wake_write = os.pipe()
        self.numbers = itertools.count(1)
        self.socket = None
        self.threads = []

    # ---- Life ------------------------------------------------------------------------------------

    def __enter__(self):
        self.start()
        assert self.ready.wait(30), "the worker has no session after 30 s"
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Does not wait for the session: a worker may be there before its server."""
        targets = [self._serve] + [self._work] * self.capacity
        self.threads = [threading.Thread(target=each, daemon=True) for each in targets]
        for thread in self.threads:
            thread.start()

    def stop(self, say_bye=True):
        if not self.threads:
            return
        self.say_bye = say_bye
        self.stopping.set()
        self._wake()
        for _ in range(self.capacity):
            self.todo.put(None)
        for thread in self.threads:
            thread.join(JOIN_S)
        stuck = [thread for thread in self.threads if thread.is_alive()]
        self.threads = []
        assert not stuck, "a handler has not ended within %d s" % JOIN_S
        os.close(self.wake_read)
        os.close(self.wake_write)

    def seen(self, event="start"):
        """(step name, attempt) of each handler's start or end so far, in order."""
        with self.lock:
            return [(run.step_name, run.attempt) for what, run in self.history if what == event]

    # ---- Handlers --------------------------------------------------------------------------------

    def _note(self, event, run):
        with self.lock:
            self.history.append((event, run))

    def _answer(self, run):
        for glob, function in self.handlers.items():
            if fnmatch.fnmatchcase(run.callable, glob):
                value = function(run)
                if value is PENDING:
                    return dict(run.fence(), pending=True), None
                return dict(run.fence(), success=True), to_json(value)
        raise Failure("no handler for %s" % run.callable, retryable=False)

    def _work(self):
        for run in iter(self.todo.get, None):
            self._note("start", run)
            try:
                run.result, run.payload = self._answer(run)
            except Failure as failure:
                error = {"message": str(failure), "retryable": failure.retryable}
                if failure.code:
                    error["code"] = failure.code
                run.result = dict(run.fence(), success=False, error=error)
                if failure.fields:
                    run.result["orchestration_metadata"] = failure.fields
            except Exception as problem:  # a broken handler must not hang the test
                error = {"message": repr(problem), "retryable": False, "code": "handler_raised"}
                run.result = dict(run.fence(), success=False, error=error)
            self._note("end", run)
            self.done.put(run)
            self._wake()

    def _wake(self):
        os.write(self.wake_write, b"x")

    # ---- The thread of the socket ----------------------------------------------------------------

    def _send(self, command, body, payloads=()):
        kind = b"r" if command == "STEP.RESULT" else b"h" if command == "WORKER.HELLO" else b""
        self.socket.send_multipart([VERSION, command.encode(), kind + b"%d" % next(self.numbers),
                                    to_json(body), *payloads])
        self.spoken_at = time.monotonic()

    def _connect(self):
        """A new connection and HELLO: at the start, and when the server may be a new one."""
        if self.socket:
            self.socket.close()
        self.socket = open_dealer(zmq.Context.instance(), self.endpoint)
        self._hello()

    def _hello(self):
        self.session = None
        self.heard_at = time.monotonic()
        self._send("WORKER.HELLO", dict(self.hello, held_runs=[
            run.fence() for run in self.held.values()]))

    def _send_result(self, run):
        body = dict(run.result)
        if run.payload is not None:
            body["result"] = {"frame": 0}
        run.sent_at = time.monotonic()
        run.was_sent = True
        self._send("STEP.RESULT", {"session": self.session, "results": [body]},
                   [] if run.payload is None else [run.payload])

    def _serve(self):
        self._connect()
        while not self.stopping.is_set():  # ends with `stop`
            poller = zmq.Poller()
            poller.register(self.socket, zmq.POLLIN)
            poller.register(self.wake_read, zmq.POLLIN)
            ready = dict(poller.poll(min(self.heartbeat_s, self.resend_s) * 1000 / 2))
            if self.wake_read in ready:
                os.read(self.wake_read, 65536)
            if self.socket in ready:
                self._receive()
            self._progress(time.monotonic())
        if self.session and self.say_bye:
            self._send("WORKER.BYE", {"session": self.session})
            self.socket.poll(2000)  # so that it is gone before the socket is
        self.socket.close()

    def _progress(self, now):
        while not self.done.empty():
            run = self.done.get()
            if self.held.get(run.key) is run and self.session:
                self._send_result(run)
        if now - self.heard_at > self.lost_after_s:
            self._connect()
        elif self.session:
            for run in list(self.held.values()):
                if run.result is not None and now - run.sent_at > self.resend_s:
                    self._send_result(run)
            if now - self.spoken_at >= self.heartbeat_s:
                self._send("WORKER.HEARTBEAT", {"session": self.session})

    def _receive(self):
        for _ in range(1000):  # the rest with the next turn
            try:
                _, word, number, body, *frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.heard_at = time.monotonic()
            body = json.loads(body or b"{}")
            if word == b"STEP.RUN":
                for fields in body["runs"]:
                    self._take(Run(fields, frames))
            elif word == b"STEP.CANCEL":
                for fields in body["runs"]:
                    self._drop((fields["step_uuid"], fields["run"]))
            elif number.startswith(b"h"):
                self._welcome(int(word), body)
            elif number.startswith(b"r") and word == b"200":
                self._answered(body["results"])
            elif body.get("error", {}).get("code") == "unknown_session" and self.session:
                self._hello()

    def _take(self, run):
        if run.key in self.held:
            return
        self.held[run.key] = run
        self.out_max = max(self.out_max, sum(not each.was_sent for each in self.held.values()))
        self.todo.put(run)

    def _drop(self, key):
        run = self.held.pop(key, None)
        if run:
            run.cancelled.set()

    def _welcome(self, status, body):
        if status != 200:  # 503: silence makes us say it again
            return
        self.session = body["session"]
        self.sessions.append(self.session)
        self.heartbeat_s = body["heartbeat_ms"] / 1000
        self.lost_after_s = body["lost_after_ms"] / 1000
        for each in body["held"]:
            if each["status"] != 200:
                self._drop((each["step_uuid"], each["run"]))
        for run in self.held.values():
            run.sent_at = 0.0  # what is finished goes out at once
        self.ready.set()

    def _answered(self, results):
        for each in results:
            self.answers.append(each)
            if each["status"] != 503:
                self.held.pop((each["step_uuid"], each["run"]), None)
