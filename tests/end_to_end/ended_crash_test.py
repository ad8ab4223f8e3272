"""A daemon is killed again and again while tasks end, get blocked and are removed: a task is in the file
as a whole or not at all, and one that is blocked has its entries in the dead letter queue."""

import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time
import unittest

from harness import HERE, Daemon, EndToEndTest, eventually, template
from storm import draw_seed

ROUNDS = 15
TASKS = 30  # of each kind, each round
KILL_WITHIN_S = 0.8
BLOCKED = STEP_IN_ERROR = 8  # stored codes
# Every table with rows of tasks, and how the task's id is found in them.
OF_TASKS = {
    "task_requests": "task_id", "identities": "task_id", "transitions": "task_id", "dlq": "task_id",
    "steps": "step_id", "step_inputs": "step_id", "results": "step_id", "checkpoints": "step_id",
    "edges": "parent",
}


def rows_by_task(db, table):
    """task -> how many rows it has."""
    key = f"CAST(substr({OF_TASKS[table]}, 1, 14) || x'0000' AS BLOB)"
    return dict(db.execute(f"SELECT {key}, count(*) FROM {table} GROUP BY 1"))


def find_problems(db):
    yield from (row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok")
    tasks = {row[0]: row[1:] for row in
             db.execute("SELECT task_id, state, steps_total, last_number FROM tasks")}
    counts = {table: rows_by_task(db, table) for table in OF_TASKS}
    for table, found in counts.items():
        for task in found.keys() - tasks.keys():
            yield f"{table} has rows of {task.hex()}, which does not exist"
    for task, (_, steps, last_number) in tasks.items():
        for table, wanted in (("task_requests", 1), ("steps", steps), ("transitions", last_number),
                              ("identities", 1)):
            if counts[table].get(task, 0) != wanted:
                yield f"{table} has {counts[table].get(task, 0)} rows of {task.hex()}, not {wanted}"
    for step, in db.execute(
            "SELECT s.step_id FROM steps s JOIN tasks t ON t.task_id = "
            "CAST(substr(s.step_id, 1, 14) || x'0000' AS BLOB) LEFT JOIN dlq d ON d.task_id = t.task_id "
            "AND hex(substr(s.step_id, 15)) = printf('%04X', d.step_number) "
            "WHERE s.state = ? AND t.state = ? AND d.entry_id IS NULL", (STEP_IN_ERROR, BLOCKED)):
        yield f"step {step.hex()} has blocked its task and has no entry"


class EndedCrashTest(EndToEndTest):
    def setUp(self):
        self.chance = random.Random(draw_seed())
        self.daemon = Daemon(retention_ms=200, retention_batch=3, heartbeat_ms=100)
        self.addCleanup(self.daemon.close)

    def check_file(self):
        """On a copy: what the dead daemon left stays as it is for the next one."""
        with tempfile.TemporaryDirectory(prefix="tmesh-copy-") as copy:
            for file in self.daemon.folder.glob(self.daemon.store_path.name + "*"):
                shutil.copy(file, copy)
            db = sqlite3.connect(pathlib.Path(copy) / self.daemon.store_path.name)
            self.assertEqual(list(find_problems(db)), [])
            count = db.execute("SELECT count(*) FROM tasks").fetchone()[0]
            db.close()
        return count

    def submit_some(self, client, number):
        client.ok("TASK.SUBMIT", {"tasks": [
            {"namespace": "t", "name": name, "idempotency_key": f"{name}-{number}-{each}"}
            for each in range(TASKS) for name in ("good", "goes_wrong")]})

    def test_what_is_removed_is_removed_as_a_whole(self):
        left = []
        self.daemon.start()
        with self.daemon.client() as client:
            client.put_template([template("t", "good", {"a": [], "b": ["a"], "c": ["a", "b"]}),
                                 template("t", "goes_wrong", {"fine": [], "bad": ["fine"]})])
            self.start_cli_worker(self.daemon, "t", [sys.executable, HERE / "fails_bad_lines.py"],
                                  "--lines", "--capacity", "4")
            for number in range(ROUNDS):
                self.submit_some(client, number)
                time.sleep(self.chance.uniform(0, KILL_WITHIN_S))
                self.daemon.sigkill()
                left.append(self.check_file())
                self.daemon.start()
            self.assertLess(left[-1], 2 * TASKS * ROUNDS, "nothing was removed in between")
            self.assert_only_bad_ones_stay(client)
            self.assert_nothing_stays(client)
        self.daemon.stop()
        self.assertEqual(self.check_file(), 0)

    def assert_only_bad_ones_stay(self, client):
        def are_gone():
            return not client.ok("TASK.LIST", {"name": "good", "limit": 1}).body["tasks"]
        eventually(are_gone, "all that completed is removed", 60, every=0.1)
        wrong = TASKS * ROUNDS
        eventually(lambda: self.daemon.query("SELECT count(*) FROM tasks WHERE state = ?", BLOCKED)
                   == [(wrong,)], "all others are blocked", 60, every=0.1)
        self.assertEqual(self.daemon.query("SELECT count(*) FROM dlq"), [(wrong,)])

    def assert_nothing_stays(self, client):
        """Once nobody has to look into them, and somebody has ended them."""
        while True:  # ends with the last page
            page = client.ok("DLQ.LIST", {"status": "pending", "limit": 500}).body["entries"]
            if not page:
                break
            for entry in page:
                client.ok("DLQ.UPDATE", {"dlq_entry_uuid": entry["dlq_entry_uuid"],
                                         "resolution_status": "cancelled"})
        client.ok("TASK.CANCEL", {"filter": {"namespace": "t"}, "limit": 1000})
        eventually(lambda: self.daemon.query("SELECT count(*) FROM tasks") == [(0,)],
                   "everything is removed", 60, every=0.1)
        for table in OF_TASKS:
            self.assertEqual(self.daemon.query(f"SELECT count(*) FROM {table}"), [(0,)], table)
        self.assertEqual(client.ok("DOCTOR").body["count"], 0)


if __name__ == "__main__":
    unittest.main()
