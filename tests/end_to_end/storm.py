"""A daemon under load from clients and workers in processes of their own, any of which a test may
kill. Every number that is drawn comes from a seed, which is printed; TMESH_SEED repeats it."""
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time

from harness import HERE, Daemon, eventually, spawn, template
from history_checker import Record, check_history

OPEN_TASKS_MIN = 20  # at each kill
RUNS_OUT_MIN = 5
RETRY = {"retryable": True, "max_attempts": 10, "backoff": "linear", "backoff_base_ms": 20}
FAN = [f"leaf_{i}" for i in range(10)]
GRAPHS = {
    "linear": {"a": [], "b": ["a"], "c": ["b"], "d": ["c"]},
    "diamond": {"start": [], "left": ["start"], "right": ["start"], "end": ["left", "right"]},
    "fan_out": {"root": [], **{leaf: ["root"] for leaf in FAN}, "gather": FAN},
}


def draw_seed():
    seed = int(os.environ.get("TMESH_SEED", time.time_ns() % 1_000_000_007))
    print(f"seed {seed}", file=sys.stderr, flush=True)
    return seed


def storm_template(name, graph):
    steps = [{"name": step, "handler": {"callable": step}, "dependencies": parents, "retry": RETRY}
             for step, parents in graph.items()]
    return template("storm", name, steps)


class Storm:
    """A context manager. `options` are those of the conf file."""

    def __init__(self, seed, capacity=8, step_ms=(20, 60), heartbeat_ms=500, lost_after_ms=3000,
                 **options):
        self.chance = random.Random(seed)
        self.seed = seed
        self.capacity = capacity
        self.step_ms = step_ms
        self.heartbeat_ms = heartbeat_ms
        self.lost_after_ms = lost_after_ms
        self.daemon = Daemon(lost_after_ms=lost_after_ms, heartbeat_ms=heartbeat_ms, **options)
        self.journals = pathlib.Path(tempfile.mkdtemp(prefix="tmesh-storm-"))
        self.clients = {}  # name -> process
        self.workers = {}
        self.killed = []   # (name of a worker, ms since 1970)
        self.hits = collections.Counter()  # step -> workers that were killed with it
        self.started = 0

    def __enter__(self):
        self.daemon.start()
        with self.daemon.client() as client:
            client.put_template([storm_template(*item) for item in GRAPHS.items()])
        return self

    def __exit__(self, kind, *_):
        for process in [*self.clients.values(), *self.workers.values()]:
            process.kill()
            process.wait()
        if kind:
            print(self.daemon.log()[-4000:], file=sys.stderr)
        if os.environ.get("TMESH_KEEP"):
            print(f"kept: {self.daemon.folder} {self.journals}", file=sys.stderr)
            if self.daemon.is_running():
                self.daemon.sigkill()
            return
        self.daemon.close()
        shutil.rmtree(self.journals, ignore_errors=True)

    # ---- Processes -------------------------------------------------------------------------------

    def _spawn(self, program, name, *arguments):
        line = [sys.executable, "-B", str(HERE / program), self.daemon.endpoint, name,
                str(self.journals / f"{name}.journal"), *map(str, arguments)]
        return spawn(line)

    def start_client(self, slots, tasks_max=sys.maxsize):
        self.started += 1
        name = f"client-{self.seed}-{self.started}"
        self.clients[name] = self._spawn("storm_client.py", name, slots, tasks_max)

    def start_worker(self):
        self.started += 1
        name = f"worker-{self.seed}-{self.started}"
        self.workers[name] = self._spawn("storm_worker.py", name, self.capacity, *self.step_ms,
                                         self.heartbeat_ms, self.lost_after_ms)

    def kill_worker(self):
        """One of them, at random, with what it holds: its name. A step that two have taken with them
        is spared, for the third one would rightly end it (SPEC 4.6)."""
        for name in self.chance.sample(sorted(self.workers), len(self.workers)):
            self.workers[name].send_signal(signal.SIGSTOP)  # what it holds stays what it is
            held = self.held_by(name)
            if any(self.hits[step] >= 2 for step, _ in held):
                self.workers[name].send_signal(signal.SIGCONT)
                continue
            self.hits.update(step for step, _ in held)
            self.killed.append((name, int(time.time() * 1000)))
            process = self.workers.pop(name)
            process.kill()
            process.wait()
            return name
        raise AssertionError("every worker holds a step that was hit twice")

    def held_by(self, name):
        """The (step, run)s that a worker was given and has no answer for."""
        held = set()
        for _, entry in self.read(name):
            if entry["what"] == "given":
                held.add((entry["step"], entry["run"]))
            elif entry["what"] != "sent":
                held.discard((entry["step"], entry["run"]))
        return held

    def kill_daemon(self):
        """And starts it again at once. What was on disk in between, checked; (open tasks, runs)."""
        self.daemon.sigkill()
        with tempfile.TemporaryDirectory(prefix="tmesh-copy-") as copy:
            for file in self.daemon.folder.glob("d.db*"):
                shutil.copy(file, copy)
            self.daemon.start()
            return look_at(pathlib.Path(copy) / "d.db")

    # ---- Load ------------------------------------------------------------------------------------

    def wait_until_busy(self, seconds=60):
        """At least 20 tasks open and 5 runs out, by the daemon's own word just now."""
        with self.daemon.client(timeout=10) as client:
            return eventually(lambda: self._is_busy(client), "20 tasks open and 5 runs out", seconds)

    @staticmethod
    def _is_busy(client):
        listed = client.ok("TASK.LIST", {"status": "steps_in_process", "limit": 500}).body["tasks"]
        workers = client.ok("WORKER.LIST").body["workers"]
        running = sum(worker["running"] for worker in workers)
        busy = len(listed) >= OPEN_TASKS_MIN and running >= RUNS_OUT_MIN
        return (len(listed), running) if busy else None

    # ---- The end ---------------------------------------------------------------------------------

    def settle(self, seconds):
        """No new tasks; every one of the clients ends when all of its tasks have."""
        for process in self.clients.values():
            process.send_signal(signal.SIGTERM)
        self.wait_for_clients(seconds)

    def wait_for_clients(self, seconds):
        deadline = time.monotonic() + seconds
        for name, process in self.clients.items():
            code = process.wait(max(1.0, deadline - time.monotonic()))
            assert code == 0, f"{name} ended with {code}"

    def stop(self):
        for process in self.workers.values():
            process.terminate()
        for process in self.workers.values():
            process.wait(30)
        self.daemon.stop()
        assert "Sanitizer" not in self.daemon.log(), "a killed life had a sanitizer's report"

    def read(self, pattern):
        """(name, entry) of every journal of that name. A killed one's last line may be cut."""
        for path in sorted(self.journals.glob(f"{pattern}.journal")):
            for line in path.read_text("utf-8").split("\n")[:-1]:
                yield path.stem, json.loads(line)

    def record(self):
        record = Record(keys=set())
        for _, entry in self.read("client-*"):
            if entry["what"] == "asked":
                record.keys.update(entry["keys"])
            elif entry["what"] == "acknowledged":
                record.acknowledged[entry["task"]] = entry["key"]
            elif entry["what"] == "settled":
                assert entry["status"] == "complete", entry
                record.told_complete.add(entry["task"])
            else:
                raise AssertionError(f"a client was refused: {entry}")
        for _, entry in self.read("worker-*"):
            key = (entry["step"], entry["run"])
            if entry["what"] == "given":
                record.seen.append((*key, entry["inputs"]))
            elif entry["what"] == "sent":
                record.sent.setdefault(key, []).append(entry["body"])
            elif entry["what"] == "answered" and entry["status"] == 200 and entry["body"]:
                assert entry["state"] == "complete", entry
                before = record.accepted.setdefault(key, entry["body"])
                assert before == entry["body"], f"two results of one run were accepted: {key}"
        return record

    def check(self, test):
        """The clients' words against the file; prints what there was."""
        record = self.record()
        problems = check_history(self.daemon.store_path, record)
        test.assertEqual(problems[:20], [], f"{len(problems)} problems, seed {self.seed}")
        test.assertEqual(record.told_complete, set(record.acknowledged))
        print(f"{len(record.acknowledged)} tasks, {len(record.seen)} runs given, "
              f"{len(record.accepted)} results accepted, {self.daemon.starts} lives",
              file=sys.stderr)
        return record


def look_at(path):
    """(open tasks, steps that are claimed or in progress) of a file that nobody owns."""
    db = sqlite3.connect(path)
    try:
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)], "the file is damaged"
        tasks = db.execute("SELECT count(*) FROM tasks WHERE completed_ms = 0").fetchone()[0]
        runs = db.execute("SELECT count(*) FROM steps WHERE state = 3 OR claimed").fetchone()[0]
        return tasks, runs
    finally:
        db.close()


def run_daemon_kills(test, kills, delay_s, settle_s, workers_too=False, **options):
    """The daemon is killed `kills` times under load and starts again on the same file."""
    with Storm(draw_seed(), **options) as storm:
        for _ in range(3):
            storm.start_worker()
        for _ in range(2):
            storm.start_client(slots=24)
        seen = []
        for _ in range(kills):
            storm.wait_until_busy()
            time.sleep(storm.chance.uniform(*delay_s))
            asked = storm.wait_until_busy()
            if workers_too:
                storm.kill_worker()
            on_disk = storm.kill_daemon()
            if workers_too:
                storm.start_worker()
            seen.append((*asked, *on_disk))
            test.assertGreaterEqual(on_disk[0], OPEN_TASKS_MIN)
            test.assertGreaterEqual(on_disk[1], RUNS_OUT_MIN)
        storm.settle(settle_s)
        storm.stop()
        storm.check(test)
        test.assertEqual(len(seen), kills)
        print("least at a kill: tasks open %d, runs out %d; on disk %d, %d" %
              tuple(min(column) for column in zip(*seen)), file=sys.stderr)


def run_worker_kills(test, kills, delay_s, settle_s, **options):
    """Workers are killed under load, each replaced at once. The ms after which what they held was
    started again, for each run of theirs that was lost."""
    with Storm(draw_seed(), capacity=24, step_ms=(30, 60), **options) as storm:
        for _ in range(4):
            storm.start_worker()
        storm.start_client(slots=24)
        for _ in range(kills):
            time.sleep(storm.chance.uniform(*delay_s))
            storm.wait_until_busy()
            storm.kill_worker()
            storm.start_worker()
        storm.settle(settle_s)
        storm.stop()
        storm.check(test)
        test.assertEqual(len(storm.killed), kills)
        return taken_over_after(test, storm)


def taken_over_after(test, storm):
    times = []
    query = storm.daemon.query
    for name, at in storm.killed:
        for step, run in sorted(storm.held_by(name)):
            blob = bytes.fromhex(step.replace("-", ""))
            task, number = blob[:14] + b"\0\0", int.from_bytes(blob[14:], "big")
            if query("SELECT 1 FROM results WHERE step_id = ? AND run = ? AND success", blob, run):
                continue  # its answer came through, only the word of that did not
            starts = query("SELECT at_ms, worker FROM transitions WHERE task_id = ? AND step_number = ?"
                           " AND event = 'Start' AND run > ? ORDER BY number", task, number, run)
            test.assertTrue(starts, f"run {run} of {step} was lost with {name}, nobody took over")
            test.assertNotEqual(starts[0][1], name)
            times.append(starts[0][0] - at)
    lost = query("SELECT workers_lost, count(*) FROM steps GROUP BY 1")
    print(f"{len(times)} runs taken over, after {sorted(times)} ms; steps by lost workers: {lost}",
          file=sys.stderr)
    test.assertTrue(times, "no run was lost: the kills hit nothing")
    return times
