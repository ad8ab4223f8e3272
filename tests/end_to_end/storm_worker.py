"""A worker as a process of its own that keeps a journal of all that it was given and told.

usage: storm_worker.py ENDPOINT NAME JOURNAL CAPACITY STEP_MS_MIN STEP_MS_MAX HEARTBEAT_MS LOST_AFTER_MS

Each step takes a random time and answers a text that occurs once, so that a result which is
delivered can be told from one that counts. The journal is one JSON object a line, written before
what it says can have any effect (sent) or after it was heard (given, answered).
Ends with SIGTERM, after its handlers; SIGKILL is what it is for.
"""
import json
import os
import random
import signal
import sys
import threading
import time

from tm1_worker import Worker


class JournalWorker(Worker):
    def __init__(self, *arguments, journal, **options):
        super().__init__(*arguments, **options)
        self.journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def note(self, what, **fields):
        line = json.dumps(dict(fields, what=what, at=int(time.time() * 1000)))
        os.write(self.journal, line.encode() + b"\n")

    def _take(self, run):
        if run.key not in self.held:
            given = {name: body.decode() for name, body in run.dependency_results.items()}
            self.note("given", step=run.step_uuid, run=run.run, attempt=run.attempt, inputs=given)
        super()._take(run)

    def _answered(self, results):
        for each in results:
            held = self.held.get((each["step_uuid"], each["run"]))
            self.note("answered", step=each["step_uuid"], run=each["run"], status=each["status"],
                      state=each.get("state"), body=held.payload.decode() if held else None,
                      code=each.get("error", {}).get("code"))
        super()._answered(results)

    def _drop(self, key):
        if key in self.held:
            self.note("dropped", step=key[0], run=key[1])
        super()._drop(key)


def main():
    endpoint, name, journal = sys.argv[1:4]
    capacity, step_ms_min, step_ms_max, heartbeat_ms, lost_after_ms = map(int, sys.argv[4:])
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    chance = random.Random(name)

    def work(run):
        time.sleep(chance.uniform(step_ms_min, step_ms_max) / 1000)
        body = json.dumps({"step": run.step_name, "run": run.run, "by": name, "at": time.time_ns()})
        worker.note("sent", step=run.step_uuid, run=run.run, body=body)
        return body.encode()

    worker = JournalWorker(endpoint, ["storm"], {"*": work}, capacity=capacity, name=name,
                           heartbeat_ms=heartbeat_ms, lost_after_ms=lost_after_ms, resend_s=1.0,
                           journal=journal)
    worker.start()
    parent = os.getppid()
    while not ending.wait(1):  # ends with SIGTERM, or when nobody is there to send it
        if os.getppid() != parent:
            break
    worker.stop()


if __name__ == "__main__":
    main()
