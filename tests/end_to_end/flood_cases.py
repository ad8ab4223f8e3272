"""More than a node can do: clients that submit as fast as they can while nothing can be written, with
one that never reads and some that vanish. What it may take of memory is docs/OPERATIONS.md's formula."""

import contextlib
import json
import sqlite3
import sys
import threading
import time
import uuid

import zmq

from harness import HERE, EndToEndTest, one_step, spawn
from tm1 import VERSION, open_dealer, to_json

MIB = 2**20
END_S = 240  # until everybody has an answer, on a busy machine
STALL_S = 1.5
PAUSE_S = 0.3
SMALL_BYTES = 200
LARGE_BYTES = MIB - 20_000  # a context may have a MiB
# (requests without an answer, bytes of a context): two with small ones, two with the largest.
CLIENTS = [(500, SMALL_BYTES), (500, SMALL_BYTES), (120, LARGE_BYTES), (120, LARGE_BYTES)]
VANISHING_MESSAGES = 8
UNREAD_ANSWERS = 800
WORKER_TASKS = 200
OPTIONS = {"mailbox_bytes_max": 32 * MIB, "mailbox_limit": 1000, "peer_queue_bytes_max": 8 * MIB,
           "peer_unread_messages_max": 64, "peer_queue_messages_max": 600}


def memory_bound():
    """In bytes, above what an idle node takes: the formula of docs/OPERATIONS.md with OPTIONS."""
    large = [bytes_ for _, bytes_ in CLIENTS if bytes_ > SMALL_BYTES] + [LARGE_BYTES]  # a vanishing one
    unread = len(large) * OPTIONS["peer_unread_messages_max"] * LARGE_BYTES
    unsent = 2 * OPTIONS["peer_queue_bytes_max"]  # of the one that never reads
    return 2 * OPTIONS["mailbox_bytes_max"] + 2 * 64 * MIB + unread + unsent + 64 * MIB


class Stall(threading.Thread):
    """Somebody else writes to the file, against the rules: nothing can be committed meanwhile."""

    def __init__(self, path, seconds):
        super().__init__(daemon=True)
        self.path = path
        self.seconds = seconds
        self.over = threading.Event()
        self.count = 0

    def run(self):
        with contextlib.closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as other:
            while not self.over.is_set():
                other.execute("BEGIN IMMEDIATE")
                self.count += 1
                self.over.wait(self.seconds)
                other.execute("ROLLBACK")
                self.over.wait(PAUSE_S)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


class FloodCase(EndToEndTest):
    def flood(self, seconds, stall_s=STALL_S):
        daemon = self.daemon = self.start_daemon(**OPTIONS)
        admin = daemon.client(timeout=END_S)
        self.addCleanup(admin.close)
        admin.put_template([one_step("flood", "one"), one_step("work", "one")])
        context = to_json({"texts": ["x" * 9000] * (LARGE_BYTES // 9000)})
        large = admin.submit("flood", "one", context)
        mine = [admin.submit("work", "one", {"number": number})
                for number in range(WORKER_TASKS)]
        idle_kib = daemon.memory_kib()

        worker = self.start_worker(daemon, "work", {"work": lambda run: run.attempt}, capacity=8)
        self.ask_without_reading(large)
        with Stall(daemon.store_path, stall_s) as stall:
            clients = [self.start_client(number, seconds, *each)
                       for number, each in enumerate(CLIENTS)]
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                self.submit_and_vanish(context)
                time.sleep(0.2)
        self.assertGreater(stall.count, 1)
        reports = [self.report_of(each) for each in clients]
        peak_kib = daemon.memory_peak_kib()
        bound_kib = idle_kib + memory_bound() // 1024
        print("%s; stalls %d; KiB: idle %d, most %d, bound %d" % (
            [dict(each, tasks=len(each["tasks"])) for each in reports], stall.count, idle_kib,
            peak_kib, bound_kib))

        for report in reports:
            self.check_answers(report)
        acknowledged = {task for report in reports for task in report["tasks"]}
        self.assertEqual(acknowledged - self.tasks_in_store(), set())
        for task in mine:
            self.assertEqual(admin.wait(task, timeout=END_S)["status"], "complete")
        self.assertEqual({each["status"] for each in worker.answers} - {200, 503}, set())
        arrived = {each["step_uuid"] for each in worker.answers if each["status"] == 200}
        self.assertEqual(len(arrived), WORKER_TASKS)
        self.assertLess(peak_kib, bound_kib)

    # ---- Those who ask ---------------------------------------------------------------------------

    def start_client(self, number, seconds, window, context_bytes):
        report = self.daemon.folder / f"flood-{number}.json"
        process = spawn([sys.executable, "-B", str(HERE / "flood_client.py"), self.daemon.endpoint,
                         str(report), str(seconds), str(window), str(context_bytes)])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, report

    def report_of(self, client):
        process, report = client
        self.assertEqual(process.wait(END_S), 0)
        return json.loads(report.read_text("utf-8"))

    def ask_without_reading(self, task):
        """Its answers have a hundred times what is kept for it."""
        socket = zmq.Context.instance().socket(zmq.DEALER)
        self.addCleanup(socket.close, 0)
        socket.rcvhwm = 1
        socket.connect(self.daemon.endpoint)
        body = to_json({"task_uuid": task, "include": ["context"]})
        for number in range(UNREAD_ANSWERS):
            socket.send_multipart([VERSION, b"TASK.GET", b"%d" % number, body])

    def submit_and_vanish(self, context):
        """Some of it arrives, perhaps half a message; nobody is there for the answers."""
        with contextlib.closing(open_dealer(zmq.Context.instance(), self.daemon.endpoint)) as socket:
            for number in range(VANISHING_MESSAGES):
                body = to_json({"namespace": "flood", "name": "one", "context": {"frame": 0},
                                "idempotency_key": str(uuid.uuid4())})
                socket.send_multipart([VERSION, b"TASK.SUBMIT", b"%d" % number, body, context])
            socket.poll(20)

    # ---- What must be true -----------------------------------------------------------------------

    def check_answers(self, report):
        self.assertEqual(report["unanswered"], 0)
        self.assertEqual(report["hasty"], 0)
        self.assertEqual(set(report["statuses"]) - {"201", "503"}, set())
        self.assertEqual(sum(report["statuses"].values()), report["sent"])

    def tasks_in_store(self):
        return {str(uuid.UUID(bytes=task)) for task, in
                self.daemon.query("SELECT task_id FROM tasks")}
