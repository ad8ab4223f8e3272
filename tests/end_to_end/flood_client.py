"""A client that submits as fast as it can: a process that reports what it was told.

usage: flood_client.py ENDPOINT REPORT SECONDS WINDOW CONTEXT_BYTES

WINDOW requests are without an answer at any time; an answer is followed by the next request at once,
whatever it says. At the end it waits for what is still missing and writes REPORT, a line of JSON.
"""
import collections
import json
import os
import sys
import time

import zmq

from tm1 import VERSION, open_dealer, to_json

LAST_ANSWER_S = 120
TEXT_CHARS = 9000


def context_of(size):
    return to_json({"texts": ["x" * TEXT_CHARS] * (size // TEXT_CHARS)})


class FloodClient:
    def __init__(self, endpoint, window, context):
        self.socket = open_dealer(zmq.Context.instance(), endpoint)
        self.window = window
        self.context = context
        self.sent = 0
        self.out = set()  # request ids without an answer
        self.statuses = collections.Counter()
        self.codes = collections.Counter()  # of refusals
        self.tasks = []   # that are ours
        self.hasty = 0    # refusals that do not say when to come again

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            while len(self.out) < self.window:
                self.submit()
            self.receive(1)
        while self.out and self.receive(LAST_ANSWER_S):  # what never comes is reported
            pass

    def submit(self):
        self.sent += 1
        number = b"%d" % self.sent
        self.out.add(number)
        body = to_json({"namespace": "flood", "name": "one", "context": {"frame": 0},
                        "idempotency_key": "%d-%d" % (os.getpid(), self.sent)})
        self.socket.send_multipart([VERSION, b"TASK.SUBMIT", number, body, self.context])

    def receive(self, timeout_s):
        """Everything that is there; false when nothing came within the time."""
        if not self.socket.poll(timeout_s * 1000):
            return False
        while True:  # ends when nothing is left
            try:
                _, status, number, body = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return True
            self.out.remove(number)  # twice would be an error
            self.note(int(status), json.loads(body))

    def note(self, status, body):
        self.statuses[status] += 1
        if status == 201:
            self.tasks.append(body["task_uuid"])
            return
        self.codes[body["error"]["code"]] += 1
        self.hasty += not body["error"].get("retry_after_ms")

    def report(self):
        return {"sent": self.sent, "statuses": dict(self.statuses), "codes": dict(self.codes),
                "tasks": self.tasks, "unanswered": len(self.out), "hasty": self.hasty}


def main(endpoint, report, seconds, window, context_bytes):
    flood = FloodClient(endpoint, int(window), context_of(int(context_bytes)))
    flood.run(float(seconds))
    with open(report, "w", encoding="utf-8") as file:
        json.dump(flood.report(), file)


main(*sys.argv[1:])
