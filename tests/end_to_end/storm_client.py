"""Clients that submit and wait without end: a process with a journal of what it was told.

usage: storm_client.py ENDPOINT[,ENDPOINT...] NAME JOURNAL SLOTS [TASKS_MAX]

Each slot submits one task, or four in one request, waits until all are settled and begins again. An
answer that does not come makes it send the same request with the same keys once more. With several
endpoints each submission goes to all of them at once, and all answers must name the same task; other
requests take turns. What says that it is the same (its "key" in the journal) depends on the identity
strategy. SIGTERM, or TASKS_MAX tasks: no new ones; ends with 0 once all of its tasks are settled.
"""
import collections
import json
import os
import random
import signal
import sys
import time
import uuid

from tm1 import Client

SHAPES = ["linear", "diamond", "fan_out"]
SUBMIT_AGAIN_S = 0.7
WAIT_MS = 600
WAIT_AGAIN_S = 1.0
TASKS_OF_AN_ARRAY = 4
REFUSED_FOR_NOW = 503
CONTEXT = '{"n": 6}'
WAYS = ["strict", "strict by key", "caller_provided", "always_unique"]

Task = collections.namedtuple("Task", "key way request context")


def draw_task(chance, key):
    """One that is told from others by a key under either strategy, by its context or by the key that
    a client library draws."""
    shape = chance.choice(SHAPES)
    way = chance.choice(WAYS)
    if way == "strict":
        context = json.dumps({"n": 6, "of": key})
        return Task(context, way, {"name": shape}, context)
    if way == "strict by key":
        return Task(key, way, {"name": shape, "idempotency_key": key}, CONTEXT)
    name = f"{shape}_{way}"
    if way == "caller_provided":
        return Task(key, way, {"name": name, "idempotency_key": key}, CONTEXT)
    drawn = str(uuid.UUID(bytes=chance.randbytes(16), version=4))
    return Task(drawn, way, {"name": name, "auto_idempotency_key": drawn}, CONTEXT)


class Slot:
    def __init__(self):
        self.tasks = []       # of the request without an answer
        self.waiting = set()  # tasks that are not settled
        self.asked = {}       # request id -> task, or None for the submission
        self.again_at = 0.0


class StormClient:
    def __init__(self, endpoint, name, journal, slots, tasks_max):
        first, *others = endpoint.split(",")
        self.client = Client(first)
        for other in others:
            self.client.socket.connect(other)  # requests take turns
        self.copies = 1 + len(others)
        self.name = name
        self.journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.chance = random.Random(name)
        self.slots = [Slot() for _ in range(slots)]
        self.tasks_left = tasks_max
        self.by_number = {}  # request id -> slot that waits for its answer
        self.submitted = {}  # request id -> tasks; those that nobody waits for any more, too
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
        done = not any(slot.tasks or slot.waiting for slot in self.slots)
        return done and (self.ending or self.tasks_left <= 0)

    # ---- Out -------------------------------------------------------------------------------------

    def _send_all(self, now):
        for slot in self.slots:
            if not slot.tasks and not slot.waiting and not self.ending and self.tasks_left > 0:
                self._draw(slot)
            elif now < slot.again_at:
                continue
            self._forget_asked(slot)
            if slot.tasks:
                slot.again_at = now + SUBMIT_AGAIN_S
                for _ in range(self.copies):
                    number = self._ask(slot, None, "TASK.SUBMIT", self._submission(slot),
                                       [task.context.encode() for task in slot.tasks])
                    self.submitted[number] = slot.tasks
            for task in slot.waiting:
                slot.again_at = now + WAIT_AGAIN_S
                self._ask(slot, task, "TASK.WAIT",
                          {"task_uuid": task, "until": "settled", "timeout_ms": WAIT_MS})

    def _forget_asked(self, slot):
        for number in slot.asked:
            self.by_number.pop(number, None)
        slot.asked = {}

    def _draw(self, slot):
        size = self.chance.choice([1, 1, 1, TASKS_OF_AN_ARRAY])
        self.tasks_left -= size
        self.count += size
        slot.tasks = [draw_task(self.chance, f"{self.name}-{self.count - i}") for i in range(size)]
        self.note("asked", keys=[task.key for task in slot.tasks])

    @staticmethod
    def _submission(slot):
        tasks = [dict(task.request, namespace="storm", context={"frame": frame})
                 for frame, task in enumerate(slot.tasks)]
        return tasks[0] if len(tasks) == 1 else {"tasks": tasks}

    def _ask(self, slot, task, command, body, payloads=()):
        number = self.client.send(command, body, payloads)
        slot.asked[number] = task
        self.by_number[number] = slot
        return number

    # ---- In --------------------------------------------------------------------------------------

    def _receive(self):
        while self.client.socket.poll(0):  # as many as have come
            _, status, number, body, *_ = self.client.socket.recv_multipart()
            slot = self.by_number.pop(number, None)
            task = slot.asked.pop(number) if slot else None
            tasks = self.submitted.pop(number, None)
            body = json.loads(body or b"{}")
            if int(status) == REFUSED_FOR_NOW:
                continue
            if tasks:
                self._acknowledged(slot, tasks, int(status), body)
            elif slot:
                self._waited(slot, task, int(status), body)

    def _acknowledged(self, slot, tasks, status, body):
        """By the first answer, or by another one to the same submission: `slot` is None."""
        answers = body["tasks"] if "tasks" in body else [dict(body, status=status)] * len(tasks)
        again = []
        for task, answer in zip(tasks, answers, strict=True):
            if answer["status"] == REFUSED_FOR_NOW:
                again.append(task)
                continue
            made = self._made(task, answer)
            if not made:
                self.note("refused", key=task.key, answer=answer)
                continue
            if slot:
                slot.waiting.add(made)
            self.note("acknowledged", key=task.key, way=task.way, task=made,
                      status=answer["status"])
        if slot:
            self._forget_asked(slot)
            slot.tasks = again
            slot.again_at = time.monotonic() + 0.02 if again else 0.0

    @staticmethod
    def _made(task, answer):
        """Its id, by the first answer or as what a former try has made; None: it was refused."""
        if answer["status"] == 201:
            return answer["task_uuid"]
        if answer["status"] != 409 or answer["error"]["code"] != "duplicate_task":
            return None
        details = answer["error"]["details"]
        drawn = task.request.get("auto_idempotency_key")
        return details["task_uuid"] if details.get("auto_idempotency_key") == drawn else None

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
