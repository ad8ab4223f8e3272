"""A worker of which nothing happens by itself: the scenario takes each run and sends each message, also
such as no decent worker would send. While it waits it says that it lives."""

import itertools
import json
import time

import zmq

from tm1 import VERSION, open_dealer, payload, to_json
from tm1_worker import Run

BOUND_S = 30
PATIENCE_MS = 60000  # long enough to be never taken for lost


class Hands:
    """One session on one DEALER, for one thread."""

    def __init__(self, endpoint, namespaces, capacity=8, name="hands", heartbeat_ms=PATIENCE_MS // 2,
                 lost_after_ms=PATIENCE_MS, features=(), **hello):
        self.numbers = itertools.count(1)
        self.replies = {}
        self.runs = []     # taken from the wire, not yet asked for
        self.cancels = []  # likewise: what STEP.CANCEL said, run by run
        self.frames = []   # payloads of the last answer
        self.session = None
        self.heartbeat_ms = heartbeat_ms
        self.socket = open_dealer(zmq.Context.instance(), endpoint)
        status, body = self.request("WORKER.HELLO", dict(
            hello, name=name, namespaces=list(namespaces), capacity=capacity, protocol=["TM1"],
            features=list(features), heartbeat_ms=heartbeat_ms, lost_after_ms=lost_after_ms))
        assert status == 200, body
        self.session = body["session"]

    def close(self, say_bye=True):
        if self.socket.closed:
            return
        if say_bye:
            self.request("WORKER.BYE", {"session": self.session})
        self.socket.close()

    def vanish(self):
        """Without a word, as a worker that was killed."""
        self.close(say_bye=False)

    # ---- Messages

    def send(self, command, body, payloads=()):
        number = b"%d" % next(self.numbers)
        self.socket.send_multipart([VERSION, command.encode(), number, to_json(body), *payloads])
        return number

    def request(self, command, body, payloads=()):
        """(status, body) of the answer."""
        number = self.send(command, body, payloads)
        self._receive(lambda: number in self.replies, command)
        status, body, self.frames = self.replies.pop(number)
        return status, body

    def _receive(self, is_there, what):
        deadline = time.monotonic() + BOUND_S
        while not is_there():
            left = deadline - time.monotonic()
            assert left > 0, "nothing came: %s" % what
            if not self.socket.poll(min(left * 1000, self.heartbeat_ms / 2)):
                if self.session:
                    self.send("WORKER.HEARTBEAT", {"session": self.session})
                continue
            _, word, number, body, *frames = self.socket.recv_multipart()
            body = json.loads(body or b"{}")
            if word == b"STEP.RUN":
                self.runs += [Run(fields, frames) for fields in body["runs"]]
            elif word == b"STEP.CANCEL":
                self.cancels += body["runs"]
            else:
                self.replies[number] = (int(word), body, frames)

    # ---- What a worker does

    def take(self, name=None):
        """The next run, or the next of this step."""
        def found():
            return [run for run in self.runs if name in (None, run.step_name)]
        self._receive(found, "a run of %s" % (name or "any step"))
        run = found()[0]
        self.runs.remove(run)
        return run

    def takes_nothing_more(self):
        """No run has come that was not taken: the server has answered something since."""
        self.request("WORKER.HEARTBEAT", {"session": self.session})
        return not self.runs

    def cancelled(self):
        """The next run that the server takes back."""
        self._receive(lambda: self.cancels, "STEP.CANCEL")
        return self.cancels.pop(0)

    def says(self, run, payloads=(), **fields):
        """One result, whatever it says; the server's word on it."""
        status, body = self.request("STEP.RESULT", {"session": self.session, "results": [
            dict(run.fence(), **fields)]}, payloads)
        assert status == 200, (status, body)
        return body["results"][0]

    def succeeds(self, run, value=None):
        return self.says(run, [to_json(value)], success=True, result={"frame": 0})

    def fails(self, run, code="broken", retryable=False, **wishes):
        fields = {"orchestration_metadata": wishes} if wishes else {}
        return self.says(run, success=False, **fields,
                         error={"message": "it failed: " + code, "code": code, "retryable": retryable})

    # ---- What it says, and asks, about a run that goes on

    def hands_over(self, run):
        return self.says(run, pending=True)

    def saves(self, run, cursor, **fields):
        """One checkpoint; (status, body) of the answer."""
        return self.saves_bytes(run, to_json(dict(fields, cursor=cursor)))

    def saves_bytes(self, run, checkpoint):
        return self.request("STEP.CHECKPOINT", dict(run.fence(), checkpoint={"frame": 0}), [checkpoint])

    def beats(self, run, **fields):
        """One beat; the server's word on it."""
        status, body = self.request("STEP.HEARTBEAT", {"session": self.session, "runs": [
            dict(run.fence(), **fields)]})
        assert status == 200, (status, body)
        return body["runs"][0]

    def asks(self, run, *names):
        """STEP.INPUTS: ({name: bytes}, are there more?)."""
        wanted = {"names": list(names)} if names else {}
        status, body = self.request("STEP.INPUTS", dict(run.fence(), **wanted))
        assert status == 200, (status, body)
        return {name: payload(self.frames, each) for name, each in body["inputs"].items()}, body["truncated"]
