"""TM1 as docs/PROTOCOL.md writes it: frames, and a client. Nothing here knows our C library, so that
the tests check the protocol's text and not our own habits twice."""

import itertools
import json
import time
from collections import namedtuple

import zmq

VERSION = b"TM1"

Reply = namedtuple("Reply", "status body frames")


class NoAnswer(Exception):
    """The bound was over before an answer came."""


def to_json(value):
    """Bytes go as they are, everything else as JSON."""
    if isinstance(value, bytes):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def payload(frames, reference):
    """What {"frame": N} stands for, as bytes; None for null or a missing field."""
    return None if reference is None else frames[reference["frame"]]


def with_payloads(task, frames):
    """A task or step list as the server sent it, with bytes in the place of {"frame": N}."""
    task = dict(task)
    if "context" in task:
        task["context"] = payload(frames, task["context"])
    if "steps" in task:
        task["steps"] = [dict(step, results=payload(frames, step.get("results")))
                         for step in task["steps"]]
    return task


def open_dealer(context, endpoint):
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, 20)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 100)
    socket.connect(endpoint)
    return socket


class Client:
    """One DEALER for one thread. Every call has a bound in seconds."""

    def __init__(self, endpoint, timeout=30):
        self.endpoint = endpoint
        self.timeout = timeout
        self.numbers = itertools.count(1)
        self.others = {}  # request id -> answer that came while another one was awaited
        self.socket = open_dealer(zmq.Context.instance(), endpoint)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- Messages --------------------------------------------------------------------------------

    def send(self, command, body=None, payloads=()):
        """Sends without waiting; the request id, for `receive`."""
        number = b"%d" % next(self.numbers)
        frames = [VERSION, command.encode("utf-8"), number,
                  b"" if body is None else to_json(body)]
        self.socket.send_multipart(frames + [to_json(each) for each in payloads])
        return number

    def receive(self, number, timeout=None):
        """The answer to that request; answers to others are kept for whoever asks for them."""
        if number in self.others:
            return self.others.pop(number)
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:  # ends with the deadline
            left = deadline - time.monotonic()
            if left <= 0 or not self.socket.poll(left * 1000):
                raise NoAnswer("no answer to request %s" % number.decode("ascii"))
            version, status, its_number, body, *frames = self.socket.recv_multipart()
            assert version == VERSION, version
            reply = Reply(int(status), json.loads(body or b"{}"), frames)
            if its_number == number:
                return reply
            self.others[its_number] = reply

    def request(self, command, body=None, payloads=(), timeout=None):
        return self.receive(self.send(command, body, payloads), timeout)

    def ok(self, command, body=None, payloads=(), timeout=None):
        """A request that must succeed; others than 200 and 201 are an error of the test."""
        reply = self.request(command, body, payloads, timeout)
        assert reply.status in (200, 201), "%s: %d %s" % (command, reply.status, reply.body)
        return reply

    # ---- Commands --------------------------------------------------------------------------------

    def put_template(self, source, file="test.yaml"):
        """The text of a template, or a dict, or a list of either."""
        if isinstance(source, list):
            return [self.put_template(each) for each in source]
        if isinstance(source, str):
            source = source.encode("utf-8")
        return self.ok("TEMPLATE.PUT", {"source": {"frame": 0}, "file": file}, [source])

    def try_submit(self, namespace, name, context=None, **fields):
        body = dict(fields, namespace=namespace, name=name)
        if context is None:
            return self.request("TASK.SUBMIT", body)
        body["context"] = {"frame": 0}
        return self.request("TASK.SUBMIT", body, [context])

    def submit(self, namespace, name, context=None, **fields):
        """The new task's id."""
        reply = self.try_submit(namespace, name, context, **fields)
        assert reply.status == 201, "TASK.SUBMIT: %d %s" % (reply.status, reply.body)
        return reply.body["task_uuid"]

    def get(self, task, include=("context", "steps")):
        reply = self.ok("TASK.GET", {"task_uuid": task, "include": list(include)})
        return with_payloads(reply.body, reply.frames)

    def wait(self, task, until="settled", timeout=30, include=("context", "steps")):
        """The task once it is so; a test that waits in vain fails here."""
        body = {"task_uuid": task, "until": until, "timeout_ms": int(timeout * 1000),
                "include": list(include)}
        reply = self.ok("TASK.WAIT", body, timeout=timeout + 10)
        done = with_payloads(reply.body, reply.frames)
        assert done[until], "task %s is not %s after %s s: %s" % (task, until, timeout, done)
        return done

    def stats(self):
        return self.ok("STATS").body

    def ping(self, timeout):
        return self.request("PING", timeout=timeout)


def steps_by_name(task):
    return {step["name"]: step for step in task["steps"]}


def results_by_name(task):
    """What each step answered, as text."""
    return {step["name"]: None if step["results"] is None else step["results"].decode("utf-8")
            for step in task["steps"]}
