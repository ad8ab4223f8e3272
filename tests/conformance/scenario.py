"""The words in which the scenarios describe what taskmesh does: given a template, when a task is
submitted, the workers answer, then states and histories are so. Everything is said and seen through
TM1, so a scenario judges whatever serves it.

Parameters, by environment:
  TMESH_STORE_URLS  stores to run every scenario on, separated by spaces; {folder} is a fresh folder,
                    {database} an empty database of a PostgreSQL that is started for it
  TMESH_SERVER      a program that takes taskmeshd's arguments, such as one that embeds the runtime
"""

import itertools
import json
import os
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "end_to_end"))

import postgres_cluster  # noqa: E402
from harness import Daemon, bin_path, eventually, steps_by_name  # noqa: E402
from tm1_worker import Failure  # noqa: E402
from hands import Hands  # noqa: E402

__all__ = ["DONE", "FAILED", "RETRIED", "Scenarios", "bin_path", "create_steps", "decides", "eventually",
           "fails", "for_each_store", "hint", "names_of", "no_branches", "rule", "step", "steps_by_name"]

BOUND_S = 30
STORE_URLS = os.environ.get("TMESH_STORE_URLS", "sqlite:{folder}/t.db sqlite::memory: {database}").split()
SERVER = os.environ.get("TMESH_SERVER", bin_path("taskmeshd"))
NUMBERS = itertools.count(1)

# What a step passes through, as `history` writes it.
DONE = "pending enqueued in_progress enqueued_for_orchestration complete"
FAILED = "pending enqueued in_progress enqueued_as_error_for_orchestration error"
RETRIED = "pending enqueued in_progress enqueued_as_error_for_orchestration waiting_for_retry"


def rule(*numbers):
    """The rules of the specification that a scenario shows; rules_test.py keeps the accounts."""
    def mark(function):
        function.rules = numbers
        return function
    return mark


def for_each_store(loader, tests, _pattern):
    """`load_tests` of every file: each class once for each store."""
    classes = dict.fromkeys(type(test) for group in tests for test in group)
    suite = unittest.TestSuite()
    for url in STORE_URLS:
        for each in classes:
            name = "%s on %s" % (each.__name__, url)
            suite.addTest(loader.loadTestsFromTestCase(type(name, (each,), {"store_url": url})))
    return suite


# ---- Templates -------------------------------------------------------------------------------------

def step(name, *after, callable=None, initialization=None, **fields):
    """A step that waits for `after`. Its callable has its name, unless told otherwise."""
    handler = {"callable": callable or name}
    if initialization is not None:
        handler["initialization"] = initialization
    return dict(fields, name=name, handler=handler, dependencies=list(after))


def decides(name, *after, **fields):
    return step(name, *after, type="decision", **fields)


# ---- What a worker answers ---------------------------------------------------------------------------

def fails(code="broken", retryable=True, **wishes):
    """An answer that is a failure; `wishes` are its orchestration_metadata."""
    return Failure("it failed: " + code, retryable, code, **wishes)


def hint(seconds):
    return {"backoff_hint": {"backoff_type": "Custom", "delay_seconds": seconds}}


def create_steps(*names):
    return {"decision_point_outcome": {"type": "create_steps", "step_names": list(names)}}


def no_branches():
    return {"decision_point_outcome": {"type": "no_branches"}}


def _play(script, run):
    """A script: step name -> answer, or a list with one answer per attempt (the last one repeats), or
    a function of the run. Steps that it does not name answer with their own name."""
    answer = script.get(run.step_name, run.step_name)
    if callable(answer):
        answer = answer(run)
    elif isinstance(answer, list):
        answer = answer[min(run.attempt, len(answer)) - 1]
    if isinstance(answer, Failure):
        raise answer
    return answer


# ---- The server --------------------------------------------------------------------------------------

class Server(Daemon):
    def command(self):
        return [SERVER, *super().command()[len(self.prefix) + 1:]]


class Scenarios(unittest.TestCase):
    """One server per class, one namespace per scenario. `options` are those of the conf file."""

    store_url = STORE_URLS[0]
    options = {}
    templates = None  # a folder

    @classmethod
    def setUpClass(cls):
        server = Server(templates=cls.templates, retry_jitter="false", **cls.options)
        database = postgres_cluster.new_database() if "{database}" in cls.store_url else None
        server.store = cls.store_url.format(folder=server.folder, database=database)
        cls.addClassCleanup(server.close)
        cls.addClassCleanup(server.stop)
        cls.server = server.start()

    def setUp(self):
        self.namespace = "n%d" % next(NUMBERS)
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.gates = []

    # ---- Given

    def given(self, *steps, name="flow", version="1.0.0", **fields):
        """Registers a template in the scenario's namespace; the answer's body."""
        source = dict(fields, name=name, namespace_name=self.namespace, version=version,
                      steps=list(steps))
        return self.client.put_template(json.dumps(source)).body

    def refused(self, source):
        """Offers a template that must be refused: its issues."""
        text = source if isinstance(source, str) else json.dumps(source)
        reply = self.client.request("TEMPLATE.PUT", {"source": {"frame": 0}, "file": "bad.yaml"},
                                    [text.encode()])
        self.assertEqual((reply.status, reply.body["error"]["code"]), (400, "invalid_template"),
                         reply.body)
        return reply.body["error"]["details"]["issues"]

    def workers(self, script=None, capacity=8, namespaces=None, **options):
        """A worker for the scenario's namespace that follows the script."""
        handlers = {"*": lambda run: _play(script or {}, run)}
        worker = self.server.worker(namespaces or [self.namespace], handlers, capacity=capacity, **options)
        worker.__enter__()
        self.addCleanup(worker.stop)
        self.addCleanup(self.open_gates)
        return worker

    def by_hand(self, capacity=8, **options):
        """A worker whose every message the scenario sends itself."""
        hands = Hands(self.server.endpoint, options.pop("namespaces", [self.namespace]), capacity, **options)
        self.addCleanup(hands.close)
        return hands

    def gate(self):
        """An Event for answers that wait; open at the latest behind the scenario."""
        self.gates.append(threading.Event())
        return self.gates[-1]

    def open_gates(self):
        for gate in self.gates:
            gate.set()

    # ---- When

    def submitting(self, context=None, name="flow", **fields):
        return self.client.try_submit(self.namespace, name, context, **fields)

    def submitted(self, context=None, name="flow", **fields):
        """The id of a task that must be accepted."""
        reply = self.submitting(context, name, **fields)
        self.assertEqual(reply.status, 201, reply.body)
        return reply.body["task_uuid"]

    def cancelling(self, task, **fields):
        return self.client.request("TASK.CANCEL", dict(fields, task_uuid=task))

    # ---- Then

    def refused_with(self, reply, status, code, where=None):
        """`reply` must be this error."""
        error = reply.body.get("error", {})
        self.assertEqual((reply.status, error.get("code")), (status, code), reply.body)
        if where is not None:
            self.assertEqual(error["where"], where)
        return error

    def ends(self, task, status="complete"):
        done = self.client.wait(task, "ended", BOUND_S)
        self.assertEqual(done["status"], status, done)
        return done

    def blocks(self, task):
        done = self.client.wait(task, "settled", BOUND_S)
        self.assertEqual(done["status"], "blocked_by_failures", done)
        return done

    def events(self, task):
        """The whole history, read page by page."""
        found = []
        while True:  # ends with the last page
            page = self.client.ok("TASK.EVENTS", {"task_uuid": task, "limit": 1000,
                                                  "after": found[-1]["number"] if found else 0}).body
            found += page["events"]
            if not page["events"] or found[-1]["number"] == page["last"]:
                return found

    def history(self, task, name=None):
        """The states that the task, or its step, passed through."""
        return " ".join(event["to"] for event in self.events(task) if event.get("step") == name)

    def passes(self, task, states, **of_steps):
        """The histories of the task and of its steps."""
        self.assertEqual(self.history(task), " ".join(states.split()))
        for name, expected in of_steps.items():
            self.assertEqual(self.history(task, name), " ".join(expected.split()), name)

    def becomes(self, task, name, state):
        """Waits until the step (None: the task) enters the state; the event."""
        last, deadline = 0, time.monotonic() + BOUND_S
        while time.monotonic() < deadline:
            page = self.client.ok("TASK.EVENTS", {"task_uuid": task, "after": last, "limit": 1000,
                                                  "wait_ms": 2000}).body
            for event in page["events"]:
                last = event["number"]
                if event.get("step") == name and event["to"] == state:
                    return event
        raise AssertionError("%s did not become %s: %s" % (name, state, self.history(task, name)))

    def task(self, task):
        return self.client.get(task)

    def step(self, task, name):
        return steps_by_name(self.client.get(task))[name]

    def states(self, task):
        return {each["name"]: each["current_state"] for each in self.client.get(task)["steps"]}

    def result(self, task, name):
        return json.loads(self.step(task, name)["results"])


def names_of(task):
    return sorted(each["name"] for each in task["steps"])
