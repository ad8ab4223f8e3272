"""Worker of tm1_worker.py as a process of its own, for tests that kill it.

usage: py_worker.py ENDPOINT NAMESPACE [--capacity N] [--sleep-ms MS] [--journal FILE] [--name NAME]
                    [--heartbeat-ms N] [--lost-after-ms N]

Answers each step with {"step", "attempt", "run"}. The journal gets one line for each start and end of
a handler, "start STEP_UUID RUN" and "end STEP_UUID RUN". Prints "ready" once it has a session. Ends
with SIGTERM, after its handlers; SIGKILL is what it is for.
"""

import argparse
import os
import pathlib
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from tm1_worker import Worker  # noqa: E402


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("namespace")
    parser.add_argument("--capacity", type=int, default=4)
    parser.add_argument("--sleep-ms", type=int, default=0)
    parser.add_argument("--journal")
    parser.add_argument("--name", default="py-%d" % os.getpid())
    parser.add_argument("--heartbeat-ms", type=int)
    parser.add_argument("--lost-after-ms", type=int)
    return parser.parse_args()


def main():
    given = parse()
    journal = os.open(given.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if given.journal else -1
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())

    def note(word, run):
        if journal >= 0:  # one write of a short line in append mode is whole
            os.write(journal, f"{word} {run.step_uuid} {run.run}\n".encode())

    def work(run):
        note("start", run)
        if given.sleep_ms:
            run.cancelled.wait(given.sleep_ms / 1000)
        note("end", run)
        return {"step": run.step_name, "attempt": run.attempt, "run": run.run}

    worker = Worker(given.endpoint, [given.namespace], {"*": work}, capacity=given.capacity,
                    name=given.name, heartbeat_ms=given.heartbeat_ms,
                    lost_after_ms=given.lost_after_ms)
    worker.start()
    if worker.ready.wait(60):
        print("ready", flush=True)
    parent = os.getppid()
    while not ending.wait(1):  # ends with SIGTERM, or when nobody is there to send it
        if os.getppid() != parent:
            break
    worker.stop()


if __name__ == "__main__":
    main()
