"""Clients that submit and wait without end: a process with a journal of what it was told.

usage: storm_client.py ENDPOINT NAME JOURNAL SLOTS [TASKS_MAX]

Each slot submits one task, or four in one request, waits until all are settled and begins again. An
answer that does not come makes it send the same request with the same keys once more. SIGTERM, or
TASKS_MAX tasks: no new ones; ends with 0 once all of its tasks are settled.
"""
import json
import os
import random
import signal
import sys
import time

from tm1 import Client

SHAPES = ["linear", "diamond", "fan_out"]
SUBMIT_AGAIN_S = 0.7
WAIT_MS = 600
WAIT_AGAIN_S = 1.0
TASKS_OF_AN_ARRAY = 4
REFUSED_FOR_NOW = 503


class Slot:
    def __init__(self):
        self.keys = []        # of the request without an answer
        self.shapes = []
        self.waiting = set()  # tasks that are not settled
        self.asked = {}       # request id -> task, or None for the submission
        self.again_at = 0.0


class StormClient:
    def __init__(self, endpoint, name, journal, slots, tasks_max):
        self.client = Client(endpoint)
        self.name = name
        self.journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.chance = random.Random(name)
        self.slots = [Slot() for _ in range(slots)]
        self.tasks_left = tasks_max
        self.by_number = {}  # request id -> slot
        self.count = 0
        self.ending = False

    def note(self, what, **fields):
        line = json.dumps(dict(fields, what=what, at=int(time.time() * 1000)))
        os.write(self.journal, line.encode() + b"\n")

    def run(self):
        while not self._is_over():  # bounded by whoever started us
            self._send_all(time.monotonic())
            if self.client.socket.poll(20):
                self._receive()

    def _is_over(self):
        done = not any(slot.keys or slot.waiting for slot in self.slots)
        return done and (self.ending or self.tasks_left <= 0)

    # ---- Out -------------------------------------------------------------------------------------

    def _send_all(self, now):
        for slot in self.slots:
            if not slot.keys and not slot.waiting and not self.ending and self.tasks_left > 0:
                self._draw(slot)
            elif now < slot.again_at:
                continue
            for number in slot.asked:
                self.by_number.pop(number, None)
            slot.asked = {}
            if slot.keys:
                slot.again_at = now + SUBMIT_AGAIN_S
                self._ask(slot, None, "TASK.SUBMIT", self._submission(slot), [b'{"n": 6}'])
            for task in slot.waiting:
                slot.again_at = now + WAIT_AGAIN_S
                self._ask(slot, task, "TASK.WAIT",
                          {"task_uuid": task, "until": "settled", "timeout_ms": WAIT_MS})

    def _draw(self, slot):
        size = self.chance.choice([1, 1, 1, TASKS_OF_AN_ARRAY])
        self.tasks_left -= size
        self.count += size
        slot.keys = [f"{self.name}-{self.count - i}" for i in range(size)]
        slot.shapes = [self.chance.choice(SHAPES) for _ in range(size)]
        self.note("asked", keys=slot.keys)

    @staticmethod
    def _submission(slot):
        tasks = [{"namespace": "storm", "name": shape, "idempotency_key": key,
                  "context": {"frame": 0}} for key, shape in zip(slot.keys, slot.shapes)]
        return tasks[0] if len(tasks) == 1 else {"tasks": tasks}

    def _ask(self, slot, task, command, body, payloads=()):
        number = self.client.send(command, body, payloads)
        slot.asked[number] = task
        self.by_number[number] = slot

    # ---- In --------------------------------------------------------------------------------------

    def _receive(self):
        while self.client.socket.poll(0):  # as many as have come
            _, status, number, body, *_ = self.client.socket.recv_multipart()
            slot = self.by_number.pop(number, None)
            if slot is None:
                continue  # of a request that was repeated
            task = slot.asked.pop(number)
            body = json.loads(body or b"{}")
            if int(status) == REFUSED_FOR_NOW:
                continue
            if task is None:
                self._acknowledged(slot, int(status), body)
            else:
                self._waited(slot, task, int(status), body)

    def _acknowledged(self, slot, status, body):
        answers = body["tasks"] if "tasks" in body else [dict(body, status=status)] * len(slot.keys)
        keys, shapes, slot.keys, slot.shapes = slot.keys, slot.shapes, [], []
        for key, shape, answer in zip(keys, shapes, answers, strict=True):
            if answer["status"] == 201:
                task = answer["task_uuid"]
            elif answer["status"] == 409 and answer["error"]["code"] == "duplicate_task":
                task = answer["error"]["details"]["task_uuid"]
            elif answer["status"] == REFUSED_FOR_NOW:
                slot.keys.append(key)
                slot.shapes.append(shape)
                continue
            else:
                self.note("refused", key=key, answer=answer)
                continue
            slot.waiting.add(task)
            self.note("acknowledged", key=key, task=task, status=answer["status"])
        slot.again_at = time.monotonic() + 0.02 if slot.keys else 0.0

    def _waited(self, slot, task, status, body):
        if status != 200:
            self.note("refused", task=task, answer=dict(body, status=status))
            slot.waiting.discard(task)
        elif body["settled"]:
            self.note("settled", task=task, status=body["status"])
            slot.waiting.discard(task)
        elif not slot.asked:
            slot.again_at = 0.0


def main():
    endpoint, name, journal = sys.argv[1:4]
    slots, tasks_max = int(sys.argv[4]), int(sys.argv[5]) if len(sys.argv) > 5 else sys.maxsize
    client = StormClient(endpoint, name, journal, slots, tasks_max)

    def end(*_):
        client.ending = True

    signal.signal(signal.SIGTERM, end)
    client.run()


if __name__ == "__main__":
    main()
