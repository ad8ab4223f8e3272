"""What every end-to-end test uses: the daemon and the command line as processes, and from tm1.py and
tm1_worker.py a client and a worker. Everything has a bound, and nothing outlives the test."""

import collections
import ctypes
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

from tm1 import (Client, NoAnswer, Reply, payload, results_by_name, steps_by_name, to_json,
                 with_payloads)
from tm1_worker import Failure, Run, Worker

__all__ = ["CliResult", "Client", "Daemon", "EndToEndTest", "Failure", "HERE", "NoAnswer", "Reply",
           "Run", "Worker", "bin_path", "cli", "eventually", "fixture", "one_step", "payload",
           "results_by_name", "spawn", "steps_by_name", "template", "to_json", "with_payloads"]

HERE = pathlib.Path(__file__).resolve().parent
READY_S = 30  # sanitized code on a busy machine is slow
STOP_S = 30
PR_SET_PDEATHSIG = 1


def bin_path(program):
    source = os.environ.get("TMESH_SOURCE_DIR", HERE.parent.parent)
    return str(pathlib.Path(os.environ.get("TASKMESH_BIN", f"{source}/build/bin")) / program)


def _die_with_parent():
    """A test that is killed takes its processes along. Counts for the thread that starts them, so
    start processes from the main thread."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(arguments, **options):
    """A process that ends with this one."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(arguments, preexec_fn=_die_with_parent, **options)


def eventually(condition, what, seconds=30, every=0.02):
    """The first true value of `condition()`, looked at again and again within a bound."""
    deadline = time.monotonic() + seconds
    while True:  # ends with the deadline
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not within %s s: %s" % (seconds, what))
        time.sleep(every)


# ---- Templates -----------------------------------------------------------------------------------

def fixture(name):
    return (HERE / "templates" / name).read_text("utf-8")


def template(namespace, name, steps, version="1.0.0", **fields):
    """A template as JSON text. `steps`: {name: [parents]}, or full dicts in a list."""
    if isinstance(steps, dict):
        steps = [{"name": step, "handler": {"callable": step}, "dependencies": parents}
                 for step, parents in steps.items()]
    return json.dumps(dict(fields, name=name, namespace_name=namespace, version=version,
                           steps=steps))


def one_step(namespace, name, callable="work", **step):
    """A template with one step `work`; keywords are fields of the step."""
    return template(namespace, name, [dict({"name": "work", "handler": {"callable": callable}},
                                           **step)])


# ---- The daemon ----------------------------------------------------------------------------------

class Daemon:
    """taskmeshd with an ipc endpoint and a store in a folder of its own. `options` are those of the
    conf file. A context manager: ready inside, stopped in order behind."""

    def __init__(self, store=None, templates=None, arguments=(), prefix=(), **options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tmesh-"))
        self.endpoint = f"ipc://{self.folder}/d.sock"
        self.store_path = self.folder / "d.db"
        self.log_path = self.folder / "d.log"
        self.store = store or f"sqlite:{self.store_path}"
        self.templates = templates
        self.arguments = list(arguments)
        self.prefix = list(prefix)  # a program that runs the daemon, such as strace
        self.options = {"publish": "", **options}  # its default is a port, and tests run together
        self.process = None
        self.starts = 0

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.stop()
        finally:
            self.close()

    def command(self):
        line = [*self.prefix, bin_path("taskmeshd"), "--store", self.store, "--bind", self.endpoint]
        if self.templates:
            line += ["--templates", str(self.templates)]
        for name, value in self.options.items():
            line += ["--set", f"{name}={value}"]
        return line + self.arguments

    def spawn(self):
        """Starts it without waiting until it serves."""
        assert self.process is None, "it runs already"
        with open(self.log_path, "ab") as log:
            self.process = spawn(self.command(), stdout=log, stderr=log, cwd=self.folder)
        self.starts += 1

    def start(self):
        self.spawn()
        with self.client() as client:
            eventually(lambda: self._answers(client), "the daemon answers", READY_S, every=0)
        return self

    def _answers(self, client):
        code = self.process.poll()
        assert code is None, "the daemon ended with %s:\n%s" % (code, self.log())
        try:
            return client.ping(timeout=0.2).status == 200
        except NoAnswer:
            return False

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def end(self, signal_number=signal.SIGTERM):
        """Sends a signal and waits; the exit code."""
        process, self.process = self.process, None
        process.send_signal(signal_number)
        try:
            return process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("the daemon did not end within %d s:\n%s" % (STOP_S, self.log()))

    def stop(self):
        if self.process is None:
            return
        code = self.end()
        assert code == 0, "the daemon ended with %s:\n%s" % (code, self.log())

    def sigkill(self):
        self.end(signal.SIGKILL)

    def restart(self):
        """In order, on the same files."""
        self.stop()
        return self.start()

    def close(self):
        """Whatever happened: no process, no files."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    def worker_log(self):
        return (self.folder / "worker.log").read_text("utf-8", "replace")

    # ---- Talking to it ---------------------------------------------------------------------------

    def client(self, **options):
        return Client(self.endpoint, **options)

    def worker(self, namespaces, handlers, **options):
        if isinstance(namespaces, str):
            namespaces = [namespaces]
        return Worker(self.endpoint, namespaces, handlers, **options)

    def cli(self, *arguments, **options):
        return cli(self.endpoint, *arguments, **options)

    def stats(self):
        with self.client() as client:
            return client.stats()

    def commits(self):
        return self.stats()["store"]["commits"]

    def memory_kib(self):
        return self._memory("VmRSS:")

    def memory_peak_kib(self):
        """The most that it has had since it was started."""
        return self._memory("VmHWM:")

    def _memory(self, line):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(line)[1].split()[0])

    # ---- Its file, from outside ------------------------------------------------------------------

    def query(self, sql, *arguments):
        connection = sqlite3.connect(f"file:{self.store_path}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql, arguments).fetchall()
        finally:
            connection.close()

    def contents(self):
        """Every row of every table: equal before and after where nothing may be written."""
        names = [name for name, in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(self.query(f'SELECT * FROM "{name}"'), key=repr) for name in names}

    def row_counts(self):
        return {name: len(rows) for name, rows in self.contents().items()}


# ---- The command line ----------------------------------------------------------------------------

CliResult = collections.namedtuple("CliResult", "code stdout stderr")


def cli(endpoint, *arguments, input=None, timeout=60, cwd=None, env=None):
    """Runs `taskmesh`; bytes that are no UTF-8 survive in the texts (surrogateescape)."""
    environment = dict(os.environ, **(env or {}))
    if endpoint:
        environment["TASKMESH_ENDPOINT"] = endpoint
    if isinstance(input, str):
        input = input.encode("utf-8", "surrogateescape")
    done = subprocess.run([bin_path("taskmesh"), *map(str, arguments)], input=input or b"",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          cwd=cwd, env=environment, check=False)
    return CliResult(done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
                     done.stderr.decode("utf-8", "surrogateescape"))


# ---- The base of test classes --------------------------------------------------------------------

class EndToEndTest(unittest.TestCase):
    """self.daemon(...), self.worker(...), self.client(): started, and gone behind the test. A daemon
    that does not stop in order, or ends with a sanitizer's report, fails the test."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.gates = []

    def start_daemon(self, **options):
        daemon = Daemon(**options)
        self.addCleanup(daemon.close)
        self.addCleanup(daemon.stop)
        return daemon.start()

    def start_worker(self, daemon, namespaces, handlers, **options):
        worker = daemon.worker(namespaces, handlers, **options)
        worker.__enter__()
        self.addCleanup(worker.stop)
        self.addCleanup(self.open_gates)
        return worker

    def gate(self):
        """An Event for handlers to wait for; open at the latest when their worker has to end."""
        gate = threading.Event()
        self.gates.append(gate)
        return gate

    def open_gates(self):
        for gate in self.gates:
            gate.set()

    def start_cli_worker(self, daemon, namespace, program, *options):
        """`taskmesh worker run --exec PROGRAM`, ended by SIGTERM behind the test; its process. What
        it and the program say on stderr is in `daemon.worker_log()`."""
        with open(daemon.folder / "worker.log", "ab") as log:
            process = spawn([bin_path("taskmesh"), "--endpoint", daemon.endpoint, "worker", "run",
                             "--namespace", namespace, *options, "--exec", *map(str, program)],
                            stdout=log, stderr=log)
        self.addCleanup(self.end_cli_worker, daemon, process)
        return process

    def end_cli_worker(self, daemon, process):
        """SIGTERM and its end, in order."""
        if process.poll() is None:
            process.terminate()
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = "a SIGKILL that it needed"
        self.assertEqual(code, 0, "worker run ended with %s:\n%s" % (code, daemon.worker_log()))

    def start_client(self, daemon, **options):
        client = daemon.client(**options)
        self.addCleanup(client.close)
        return client
