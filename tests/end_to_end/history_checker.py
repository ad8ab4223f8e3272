"""Judges what a daemon left on disk against what its clients and workers were told.

    record = Record()                       # filled from the logs of clients and workers
    problems = check_history("taskmesh.db", record)

Opened read-only, after the daemon has stopped. The rules of both state machines are those of
state_rules.py, which does not know the daemon's tables.
"""
import collections
import dataclasses
import json
import os
import sqlite3

from state_rules import (ALLOWED_STEP, ALLOWED_TASK, DONE, IN_FLIGHT, NEVER_RESTED_IN, OPEN_TASK,
                         STEP_STATES, TASK_STATES)

@dataclasses.dataclass
class Record:
    """What people outside were told. Ids are the texts that they were given."""
    acknowledged: dict = dataclasses.field(default_factory=dict)  # task -> its key, see key_of
    told_complete: set = dataclasses.field(default_factory=set)   # tasks
    # (step, run) -> [result texts]; run None: the worker's program does not know it.
    sent: dict = dataclasses.field(default_factory=dict)
    accepted: dict = dataclasses.field(default_factory=dict)  # (step, run) -> accepted result text
    seen: list = dataclasses.field(default_factory=list)      # (step, run, {parent: its result text})
    keys: set = None  # all keys that clients ever used; None: not known


class SqliteHistory:
    """The tables of a file; a source of rows is anything that has these three."""

    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row

    def read(self, what):
        """Rows by column, of a table, perhaps with an order."""
        return self.db.execute(f"SELECT * FROM {what}").fetchall()

    def damages(self):
        return [row[0] for row in self.db.execute("PRAGMA integrity_check") if row[0] != "ok"]

    def close(self):
        self.db.close()


class _Store:
    """The tables, as plain rows by id."""

    def __init__(self, source):
        self.read = source.read
        self.tasks = {text(row["task_id"]): row for row in self.read("tasks")}
        self.steps = {text(row["step_id"]): row for row in self.read("steps")}
        self.results = collections.defaultdict(list)
        for row in self.read("results"):
            self.results[text(row["step_id"])].append(row)
        self.transitions = collections.defaultdict(list)
        for row in self.read("transitions ORDER BY task_id, number"):
            self.transitions[text(row["task_id"])].append(row)
        self.steps_of = collections.defaultdict(list)
        for step in self.steps:
            self.steps_of[task_of(step)].append(step)
        self.parents = collections.defaultdict(list)
        for row in self.read("edges"):
            self.parents[text(row["child"])].append(text(row["parent"]))
        self.names = {}  # (definition, index) -> name of the step
        for row in self.read("definitions"):
            for index, step in enumerate(json.loads(row["json"])["steps"]):
                self.names[row["definition_id"], index] = step["name"]

    def state_of(self, step):
        return STEP_STATES[self.steps[step]["state"] - 1]

    def is_tolerated(self, step):
        return self.state_of(step) == "error" and self.steps[step]["tolerated"] == 1

    def name_of(self, step):
        if self.steps[step]["name"]:
            return self.steps[step]["name"]
        definition = self.tasks[task_of(step)]["definition_id"]
        return self.names[definition, self.steps[step]["template_index"]]


def text(blob):
    """An id, which some databases give as text already."""
    if isinstance(blob, str):
        return blob
    digits = bytes(blob).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def task_of(step):
    return step[:-4] + "0000"


def number_of(step):
    return int(step[-4:], 16)


def key_of(request):
    """What its client tells it by: a key of its own or one that was drawn for it, else its context. No
    two requests of these tests have the same context and no key."""
    return request["idempotency_key"] or request["auto_idempotency_key"] or request["context"]


def check_history(source, record):
    """Every problem as a sentence; an empty list when the store is what everybody was told. `source`:
    the path of a file, or whatever gives rows as SqliteHistory does."""
    if isinstance(source, (str, os.PathLike)):
        source = SqliteHistory(source)
    store = _Store(source)
    problems = [f"integrity: {damage}" for damage in source.damages()]
    for check in (_check_whole, _check_tasks, _check_results, _check_inputs, _check_numbers,
                  _check_moves, _check_order, _check_counters, _check_ended, _check_innocent):
        problems += [f"{check.__name__[7:]}: {problem}" for problem in check(store, record)]
        if check is _check_whole and problems:
            break  # the others follow these references
    source.close()
    return problems


def _check_whole(store, _record):
    """No row refers to another that is not there."""
    for table, tasks in (("steps", map(task_of, store.steps)), ("transitions", store.transitions)):
        for task in set(tasks) - store.tasks.keys():
            yield f"there are {table} of task {task}, which does not exist"
    edges = {step for child, parents in store.parents.items() for step in (child, *parents)}
    for table, steps in (("results", store.results.keys()), ("edges", edges)):
        for step in steps - store.steps.keys():
            yield f"there are {table} of step {step}, which does not exist"


def _check_tasks(store, record):
    """Acknowledged is stored and complete; nothing is there twice, or that nobody asked for."""
    for task in (record.acknowledged.keys() | record.told_complete) - store.tasks.keys():
        yield f"acknowledged task {task} is gone"
    for task, row in store.tasks.items():
        state = TASK_STATES[row["state"] - 1]
        if state != "complete":
            yield f"task {task} is {state}"
    by_key = collections.defaultdict(list)
    for row in store.read("task_requests"):
        by_key[key_of(row)].append(text(row["task_id"]))
    for key, tasks in by_key.items():
        if len(tasks) > 1:
            yield f"key {key} made {len(tasks)} tasks: {tasks}"
        if record.keys is not None and key not in record.keys:
            yield f"task {tasks[0]} has key {key}, which no client used"
    for task, key in record.acknowledged.items():
        if task not in by_key[key]:
            yield f"key {key} was acknowledged as {task} and is stored as {by_key[key]}"


def _check_results(store, record):
    """One accepted success for each step, of its last run, with the bytes that its worker sent."""
    for step, row in store.steps.items():
        results = store.results[step]
        runs = [result["run"] for result in results]
        if len(set(runs)) != len(runs):
            yield f"step {step} has two results of one run: {runs}"
        if any(run < 1 or run > row["run"] for run in runs):
            yield f"step {step} has results of runs {runs}, its last is {row['run']}"
        good = [result for result in results if result["success"]]
        if len(good) != (store.state_of(step) == "complete"):
            yield f"step {step} is {store.state_of(step)} and has {len(good)} successes"
        for result in good:
            sent = [body for run in (result["run"], None) for body in record.sent.get((step, run), ())]
            if result["body"] not in sent:
                yield f"step {step}: run {result['run']} has a result that no worker sent"
            if result["run"] != row["run"]:
                yield f"step {step}: run {result['run']} counts, the last is {row['run']}"
    for (step, run), body in record.accepted.items():
        counted = [row for row in store.results.get(step, ()) if row["success"]]
        runs = [row["run"] for row in counted]
        if runs != [run]:
            yield f"run {run} of step {step} was accepted, what counts is {runs}"
        elif counted[0]["body"] != body:
            yield f"run {run} of step {step} was accepted and its stored result is another one"


def _check_inputs(store, record):
    """What a worker was given as a parent's result is the one that counts."""
    counted = {step: row["body"] for step, rows in store.results.items() for row in rows
               if row["success"]}
    for step, run, given in record.seen:
        if step not in store.steps:
            yield f"a worker was given step {step}, which does not exist"
            continue
        wanted = {store.name_of(parent): counted.get(parent) for parent in store.parents[step]}
        if given != wanted:
            yield f"run {run} of step {step} was given {given}, what counts is {wanted}"


def _check_numbers(store, _record):
    """Dense from 1, nothing twice, and the task knows its last one."""
    for task, row in store.tasks.items():
        numbers = [move["number"] for move in store.transitions[task]]
        if numbers != list(range(1, row["last_number"] + 1)):
            yield f"task {task}: numbers {numbers}, last_number {row['last_number']}"


def _check_moves(store, _record):
    """Each move is allowed and begins where the one before it ended; the rows say the same."""
    for task, moves in store.transitions.items():
        at = collections.defaultdict(lambda: "none")
        runs = collections.Counter()
        for move in moves:
            who, event = move["step_number"], (move["from_state"], move["event"], move["to_state"])
            where = f"task {task} step {who} number {move['number']}"
            if event not in (ALLOWED_STEP if who else ALLOWED_TASK):
                yield f"{where}: {event} is not allowed"
            if move["from_state"] != at[who]:
                yield f"{where}: {event} comes after {at[who]}"
            if move["run"] < runs[who]:
                yield f"{where}: run {move['run']} comes after run {runs[who]}"
            at[who], runs[who] = move["to_state"], move["run"]
        if at[0] != TASK_STATES[store.tasks[task]["state"] - 1]:
            yield f"task {task} moved to {at[0]}, its row says {store.tasks[task]['state']}"
        if at[0] in NEVER_RESTED_IN:
            yield f"task {task} rests in {at[0]}"
        for step in store.steps_of[task]:
            if at[number_of(step)] != store.state_of(step):
                yield f"step {step} moved to {at[number_of(step)]}, is {store.state_of(step)}"
        if at.keys() - {0} != {number_of(step) for step in store.steps_of[task]}:
            yield f"task {task} has moves of steps that have no row"


def _check_order(store, _record):
    """No step is enqueued before all of its parents are done, by the task's own numbers."""
    for task, moves in store.transitions.items():
        enqueued, done = {}, {}
        for move in moves:
            if move["event"] == "Enqueue":
                enqueued.setdefault(move["step_number"], move["number"])
            if move["step_number"] and move["to_state"] in DONE:
                done[move["step_number"]] = move["number"]
        for step in store.steps_of[task]:
            for parent in store.parents[step]:
                first = enqueued.get(number_of(step))
                if first is not None and not done.get(number_of(parent), first) < first:
                    yield f"step {step} was enqueued before its parent {parent} was done"


def _check_counters(store, _record):
    """The counters are what one counts."""
    for task, row in store.tasks.items():
        states = [store.state_of(step) for step in store.steps_of[task]]
        tolerated = sum(store.is_tolerated(step) for step in store.steps_of[task])
        counted = {"steps_total": len(states), "steps_done": sum(s in DONE for s in states),
                   "steps_failed": states.count("error") - tolerated,
                   "steps_tolerated": tolerated,
                   "steps_in_flight": sum(s in IN_FLIGHT for s in states),
                   "steps_waiting": states.count("waiting_for_retry"),
                   "steps_cancelled": states.count("cancelled")}
        for name, count in counted.items():
            if row[name] != count:
                yield f"task {task}: {name} is {row[name]}, counted {count}"
    for step, row in store.steps.items():
        count = row["awaits_slot"] + sum(
            store.state_of(parent) not in DONE and not store.is_tolerated(parent)
            for parent in store.parents[step])
        if row["parents_open"] != count:
            yield f"step {step}: parents_open is {row['parents_open']}, counted {count}"


def _check_ended(store, _record):
    """What has ended is waited for by nobody."""
    for task, row in store.tasks.items():
        if TASK_STATES[row["state"] - 1] in OPEN_TASK:
            continue
        if row["due_ms"] is not None or not row["completed_ms"]:
            yield f"task {task} has ended: due {row['due_ms']}, completed {row['completed_ms']}"
        for step in store.steps_of[task]:
            one = store.steps[step]
            if one["due_ms"] is not None or one["due_for"] or one["claimed"] or one["held"]:
                yield f"step {step} of an ended task is still due, claimed or held: {tuple(one)}"


def _check_innocent(store, _record):
    """No handler failed here: attempts come from lost workers alone, the first of which is free.
    Lost nodes never count (SPEC 4.6)."""
    for step, row in store.steps.items():
        wanted = 1 + max(0, row["workers_lost"] - 1)
        if store.state_of(step) == "complete" and row["attempts"] != wanted:
            yield f"step {step} has {row['attempts']} attempts, {row['workers_lost']} lost workers"
        for result in store.results[step]:
            if not result["success"] and result["error_code"] != "worker_lost":
                yield f"step {step} failed: {result['error_code']} {result['error_message']}"
    for task, moves in store.transitions.items():
        for move in moves:
            if move["to_state"] in ("error", "blocked_by_failures", "cancelled"):
                yield f"task {task} step {move['step_number']} went to {move['to_state']}"
