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

from harness import HERE, Daemon, bin_path, eventually, spawn, template
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
STRATEGIES = {"": {}, "_caller_provided": {"identity_strategy": "caller_provided"},
              "_always_unique": {"identity_strategy": "always_unique"}}


def draw_seed():
    seed = int(os.environ.get("TMESH_SEED", time.time_ns() % 1_000_000_007))
    print(f"seed {seed}", file=sys.stderr, flush=True)
    return seed


def storm_templates():
    """Each graph under each identity strategy; its name alone means strict."""
    return [storm_template(name + suffix, graph, **strategy) for name, graph in GRAPHS.items()
            for suffix, strategy in STRATEGIES.items()]


def storm_template(name, graph, **fields):
    steps = [{"name": step, "handler": {"callable": step}, "dependencies": parents, "retry": RETRY}
             for step, parents in graph.items()]
    return template("storm", name, steps, **fields)


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
        self.cli_workers = []
        self.killed = []   # (name of a worker, ms since 1970)
        self.hits = collections.Counter()  # step -> workers that were killed with it
        self.started = 0

    def __enter__(self):
        self.daemon.start()
        with self.daemon.client() as client:
            client.put_template(storm_templates())
        return self

    def __exit__(self, kind, *_):
        for process in [*self.clients.values(), *self.workers.values(), *self.cli_workers]:
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

    def _spawn(self, program, endpoint, name, *arguments):
        line = [sys.executable, "-B", str(HERE / program), endpoint, name,
                str(self.journals / f"{name}.journal"), *map(str, arguments)]
        return spawn(line)

    def start_client(self, slots, tasks_max=sys.maxsize, endpoint=None):
        self.started += 1
        name = f"client-{self.seed}-{self.started}"
        self.clients[name] = self._spawn("storm_client.py", endpoint or self.daemon.endpoint, name,
                                         slots, tasks_max)

    def start_worker(self):
        self.started += 1
        name = f"worker-{self.seed}-{self.started}"
        self.workers[name] = self._spawn("storm_worker.py", self.daemon.endpoint, name, self.capacity,
                                         *self.step_ms, self.heartbeat_ms, self.lost_after_ms)

    def start_cli_worker(self, capacity=None):
        """`taskmesh worker run`: our own client library instead of the Python one."""
        self.started += 1
        name = f"worker-{self.seed}-{self.started}-cli"
        program = [sys.executable, "-B", HERE / "storm_lines.py", name,
                   self.journals / f"{name}.journal", *self.step_ms]
        with open(self.daemon.folder / "worker.log", "ab") as log:
            self.cli_workers.append(spawn(
                [bin_path("taskmesh"), "--endpoint", self.daemon.endpoint, "worker", "run",
                 "--namespace", "storm", "--name", name, "--capacity", str(capacity or self.capacity),
                 "--lines", "--exec", *map(str, program)], stdout=log, stderr=log))

    def kill_cli_worker(self):
        """The one that has run longest; what it started for its slots ends by itself."""
        process = self.cli_workers.pop(0)
        process.kill()
        process.wait()

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
        workers = [*self.workers.values(), *self.cli_workers]
        for process in workers:
            process.terminate()
        for process in workers:
            code = process.wait(30)
            assert code == 0, f"a worker ended with {code}:\n{self.daemon.worker_log()}"
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

    def history(self):
        """What the checker reads."""
        return self.daemon.store_path

    def check(self, test):
        """The clients' words against the file; prints what there was."""
        record = self.record()
        problems = check_history(self.history(), record)
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
