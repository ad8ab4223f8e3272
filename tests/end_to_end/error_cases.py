"""The table behind errors_test.py: how each error code is provoked.

A new code needs a row in docs/ERRORS.md and a case: a row in ANSWERS, RECORDED or NOT_STARTED, or a test in
errors_test.py with @provokes. What can't be provoked from outside is in ELSEWHERE or UNREACHED, with the
reason; error_accounts_test.py says what is missing."""

import collections
import contextlib
import json
import sqlite3

from harness import Failure
from tm1 import to_json

UUID = "01a2010b-9be1-7a21-bed0-b4c9ae570000"
STEP = UUID[:-1] + "1"
TOKEN = "0" * 32
MESSAGE_BYTES_MAX = 4_000_000
MIB = 2**20

# ---- What a request is answered -------------------------------------------------------------------

Case = collections.namedtuple("Case", "status frames")


def asks(status, command, body=None, *payloads):
    """Values of the body that are functions are asked for when the world is there."""
    return Case(status, lambda world: [b"TM1", command.encode(), b"1",
                                       to_json(filled(body or {}, world)), *payloads])


def sends(status, *frames):
    return Case(status, lambda world: list(frames))


def filled(value, world):
    if callable(value):
        return value(world)
    if isinstance(value, dict):
        return {key: filled(each, world) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, world) for each in value]
    return value


def submits(status, context, name="one", **fields):
    return asks(status, "TASK.SUBMIT", dict(fields, namespace="t", name=name, context={"frame": 0}),
                context)


def reports(status, step):
    return asks(status, "STEP.RESULT", {"results": [
        {"step_uuid": step, "run": 1, "run_token": TOKEN, "success": True}]})


def completes_by_hand(status, step, result):
    return asks(status, "STEP.RESOLVE", {"step_uuid": step, "action": "complete_manually",
                                         "reason": "r", "result": {"frame": 0}}, result)


def backs_up(status, *path, **fields):
    """To a path below the folder of the server, or to a text as it is."""
    return asks(status, "BACKUP", dict(
        fields, file=lambda world: str(world.daemon.folder.joinpath(*path)) if path else "copy.db"))


def first_step(name):
    return lambda world: world.steps[name]


def nested(depth):
    return b'{"a":' * depth + b"1" + b"}" * depth


ANSWERS = {
    "missing_frames": sends(400, b"TM1", b"PING", b"1"),
    "too_many_frames": sends(400, b"TM1", b"PING", b"1", b"{}", *[b""] * 70_001),
    "message_too_large": sends(413, b"TM1", b"PING", b"1", b"{}", *[b" " * (MESSAGE_BYTES_MAX // 2)] * 2),
    "unknown_version": sends(400, b"TM2", b"PING", b"1", b"{}"),
    "request_id_too_long": sends(400, b"TM1", b"PING", b"1" * 65, b"{}"),
    "command_too_long": sends(400, b"TM1", b"P" * 65, b"1", b"{}"),
    "unknown_command": asks(400, "TASK.NOTHING"),
    "invalid_json": sends(400, b"TM1", b"TASK.GET", b"1", b"{"),
    "not_an_object": submits(400, b"[]"),
    "missing_field": asks(400, "TASK.SUBMIT", {"namespace": "t"}),
    "wrong_type": asks(400, "TASK.SUBMIT", {"namespace": "t", "name": 5}),
    "too_short": asks(400, "TASK.SUBMIT", {"namespace": "t", "name": ""}),
    "too_long": asks(400, "TASK.SUBMIT", {"namespace": "t", "name": "x" * 256}),
    "zero_byte": asks(400, "TASK.SUBMIT", {"namespace": "t", "name": "a\0b"}),
    "out_of_range": asks(400, "TASK.SUBMIT", {"namespace": "t", "name": "one", "priority": 101}),
    "unknown_value": asks(400, "TASK.SUBMIT", {"namespace": "t", "name": "one", "on_duplicate": "x"}),
    "too_few": asks(400, "WORKER.HELLO", {"name": "w", "capacity": 1, "namespaces": []}),
    "too_many": asks(400, "WORKER.HELLO", {"name": "w", "capacity": 1, "namespaces": ["t"] * 65}),
    "not_a_uuid": asks(400, "TASK.GET", {"task_uuid": "x"}),
    "not_a_token": asks(400, "STEP.RESULT", {"results": [
        {"step_uuid": STEP, "run": 1, "run_token": "x", "success": True}]}),
    "frame_out_of_range": asks(400, "TASK.SUBMIT", {"namespace": "t", "name": "one",
                                                    "context": {"frame": 1}}, b"{}"),
    "contradiction": asks(400, "TASK.SUBMIT", {"namespace": "t", "name": "one", "delay_ms": 1,
                                               "run_at": 1}),
    "unknown_field": asks(400, "TASK.CANCEL", {"filter": {"statos": "error"}}),
    "empty_filter": asks(400, "TASK.CANCEL", {"filter": {}}),
    "too_large": submits(413, b'{"a":"' + b" " * MIB + b'"}'),
    "too_deep": submits(400, nested(11)),
    "too_many_members": submits(400, json.dumps(dict.fromkeys(map(str, range(1001)))).encode()),
    "string_too_long": submits(400, b'{"a":"' + b"x" * 10_001 + b'"}'),
    "duplicate_key": submits(400, b'{"a":1,"a":2}'),
    "unknown_task": asks(404, "TASK.CANCEL", {"task_uuid": UUID}),
    "input_schema_violation": submits(400, b"{}", name="with_schema"),
    "unknown_template": submits(404, b"{}", name="none"),
    "unknown_dlq_entry": asks(404, "DLQ.GET", {"dlq_entry_uuid": UUID}),
    "duplicate_task": submits(409, b'{"open": 1}'),
    "idempotency_key_required": submits(400, b"{}", name="keyed"),
    "task_ended": asks(409, "TASK.CANCEL", {"task_uuid": lambda world: world.cancelled}),
    "invalid_transition": asks(409, "STEP.RESOLVE", {"step_uuid": first_step("open"),
                                                     "action": "reset_for_retry", "reason": "r"}),
    "invalid_template": asks(400, "TEMPLATE.PUT", {"source": {"frame": 0}}, b"steps: []"),
    "unknown_session": asks(404, "WORKER.HEARTBEAT", {"session": UUID}),
    "unknown_step": reports(404, STEP),
    "invalid_decision": completes_by_hand(400, first_step("decide"), b"{}"),
    "invalid_batch": completes_by_hand(400, first_step("split"), b"{}"),
    "stale_run": reports(409, first_step("open")),
    "step_cancelled": reports(409, first_step("cancelled")),
    "relative_path": backs_up(400),
    "no_such_folder": backs_up(400, "none", "copy.db"),
    "not_a_file": backs_up(400, "", replace=True),
    "cannot_write": backs_up(400, "n" * 300),
    "file_exists": backs_up(409, "d.log"),
    "not_a_store": backs_up(409, "d.log", replace=True),
    "file_in_use": backs_up(409, "d.db", replace=True),
}

# ---- What stands in the error of a step ------------------------------------------------------------

# Code -> what the worker of the step does, and where the step is after that.
RECORDED = {
    "invalid_result": (lambda run: b"{", "error"),
    "result_too_large": (lambda run: b'"' + b"x" * MIB + b'"', "error"),
    "step_failed": (Failure("no", retryable=False), "error"),
    "step_timeout": (lambda run: run.cancelled.wait(60), "error"),
}

# ---- Why a server does not start -------------------------------------------------------------------


def write(path, content):
    path.write_bytes(content)


def spoil(sql):
    """Makes a good store first, then does this to it."""
    def spoil_file(path):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.executescript(sql)
    return spoil_file


# Code -> how its store is prepared; a store that the server has made itself is there, except where
# the path is new.
NOT_STARTED = {
    "store_corrupt": lambda path: write(path, b"this is no store" * 1000),
    "store_too_new": spoil("PRAGMA user_version = 1000000"),
    "store_unreadable": lambda path: (path.unlink(), path.mkdir()),
}

# ---- What is not provoked here ---------------------------------------------------------------------

ELSEWHERE = {  # shown by another test, which names the code
    "no_permission": "tests/contract/store_sqlite_backup_place_test.c",
    "no_space": "tests/contract/store_sqlite_backup_place_test.c",
    "backup_running": "tests/unit/actors/archivist_test.c",
    "backup_lost": "tests/unit/actors/archivist_test.c",
    "backup_unsupported": "tests/end_to_end/postgres_test.py",
    "no_code": "tests/unit/services/wire/codec_test.c",
    "program_failed": "tests/end_to_end/worker_run_test.py",
    "retry_requested": "tests/end_to_end/worker_run_test.py",
    "program_not_started": "tests/end_to_end/worker_run_test.py",
    "worker_process_killed": "tests/end_to_end/worker_run_test.py",
    "worker_process_ended": "tests/end_to_end/worker_run_test.py",
    "unknown_option": "tests/unit/embed/runtime_test.c",
    "duplicate_option": "tests/unit/embed/runtime_test.c",
    "bad_line": "tests/unit/embed/runtime_test.c",
    "bad_value": "tests/unit/embed/runtime_test.c",
    "bad_endpoint": "tests/unit/embed/runtime_test.c",
    "insecure_endpoint": "tests/unit/embed/runtime_test.c",
    "unreadable_file": "tests/unit/embed/runtime_test.c",
    "worker_refused": "tests/unit/embed/runtime_test.c",
    "handler_silent": "tests/unit/embed/runtime_test.c",
}
UNREACHED = {  # documented, because clients must know what to do
    "closed": "a message to an actor that is gone: the door is closed before, and says stopping",
    "timeout": "nobody waits inside with a time limit",
    "busy": "another program holds the store for many seconds, against the rules",
    "connection": "a file has no connection to lose",
    "serialization": "there is one writer",
    "no_thread": "the system gives no more threads",
    "no_handler": "the gateway reads patterns as the crew does",
    "node_is_dead": "a node is declared dead while it starts; nodes_test.py shows one that runs",
    "take_over_failed": "the store fails between being opened and being read",
}
INTERNAL = {  # words like codes that nobody is told
    "cannot_bind": "the message of actor_not_started",
    "conflict": "always with a code of its own",
    "corrupt": "told as internal_error",
    "fatal": "told as internal_error",
    "handed_back": "a run that is given back is no failure",
    "handler_error": "the door names a code for every failure",
    "invalid": "always with a code of its own",
    "no_mailboxes": "the message of actor_not_started",
    "no_socket": "the message of actor_not_started",
    "unknown_permission": "lists of what a peer may do are not read from anywhere yet",
    "none": "no error",
    "not_found": "always with a code of its own",
    "pattern_limit": "a violation, told by its message",
    "schema_limit": "a violation, told by its message",
    "unusable_endpoint": "a sentence about an address",
    "unsupported": "told as internal_error",
}


def provokes(*codes):
    def mark(function):
        function.codes = codes
        return function
    return mark


def answer_of(status, body):
    """(status, error) of an answer; of its first result where it has several."""
    if "results" in body:
        return body["results"][0]["status"], body["results"][0].get("error")
    return status, body.get("error")
