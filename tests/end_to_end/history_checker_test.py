"""The checker of the crash tests must notice what it is there for: a good file is made bad in one
place at a time."""
import copy
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

from history_checker import check_history
from storm import Storm, draw_seed

# (which check must object, what is done to the file). `{task}` is a task of four steps or more,
# `{step}` its last one, `{first}` its first one.
MISDEEDS = [
    ("whole", "DELETE FROM tasks WHERE task_id = {task}"),
    ("whole", "DELETE FROM steps WHERE step_id = {step}"),
    ("tasks", "UPDATE tasks SET state = 4 WHERE task_id = {task}"),
    ("tasks", "UPDATE task_requests SET idempotency_key = (SELECT max(idempotency_key)"
              " FROM task_requests WHERE task_id != {task}) WHERE task_id = {task}"),
    ("tasks", "UPDATE task_requests SET idempotency_key = 'nobody' WHERE task_id = {task}"),
    ("results", "DELETE FROM results WHERE step_id = {step}"),
    ("results", "UPDATE results SET body = '1' WHERE step_id = {step}"),
    ("results", "UPDATE results SET run = run + 1 WHERE step_id = {step}"),
    ("results", "UPDATE results SET success = 0 WHERE step_id = {step}"),
    ("results", "UPDATE steps SET run = run + 1 WHERE step_id = {step}"),
    ("results", "INSERT INTO results SELECT step_id, run + 1, success, received_ms, worker, answer,"
                " retryable, error_code, error_message, error, metadata, body FROM results"
                " WHERE step_id = {step}"),
    ("results", "UPDATE steps SET state = 3 WHERE step_id = {step}"),
    ("inputs", "UPDATE results SET body = '1' WHERE step_id = {first}"),
    ("inputs", "DELETE FROM edges WHERE child = {step}"),
    ("numbers", "DELETE FROM transitions WHERE task_id = {task} AND number = 3"),
    ("numbers", "UPDATE transitions SET number = 1000 WHERE task_id = {task} AND number = 3"),
    ("numbers", "UPDATE tasks SET last_number = last_number + 1 WHERE task_id = {task}"),
    ("moves", "UPDATE transitions SET from_state = 'enqueued' WHERE task_id = {task}"
              " AND event = 'Complete'"),
    ("moves", "UPDATE transitions SET to_state = 'complete' WHERE task_id = {task}"
              " AND event = 'Start' AND step_number = 1"),
    ("moves", "UPDATE transitions SET event = 'Retry' WHERE task_id = {task} AND number = 5"),
    ("moves", "UPDATE steps SET state = 9 WHERE step_id = {step}"),
    ("moves", "UPDATE transitions SET run = 9 WHERE task_id = {task} AND event = 'Start'"),
    ("moves", "DELETE FROM transitions WHERE task_id = {task} AND step_number > 0"
              " AND event = 'Start'"),
    ("moves", "INSERT INTO transitions SELECT task_id, number + 1000, step_number, from_state,"
              " to_state, event, at_ms, run, worker, metadata, node FROM transitions"
              " WHERE task_id = {task} AND event = 'Complete'"),
    ("order", "UPDATE transitions SET number = number - 1000 WHERE task_id = {task}"
              " AND step_number = (SELECT max(step_number) FROM transitions WHERE task_id = {task})"),
    ("counters", "UPDATE tasks SET steps_done = steps_done - 1 WHERE task_id = {task}"),
    ("counters", "UPDATE tasks SET steps_in_flight = 1 WHERE task_id = {task}"),
    ("counters", "UPDATE steps SET parents_open = 1 WHERE step_id = {step}"),
    ("ended", "UPDATE tasks SET due_ms = 1 WHERE task_id = {task}"),
    ("ended", "UPDATE steps SET due_ms = 1 WHERE step_id = {step}"),
    ("ended", "UPDATE steps SET claimed = 1 WHERE step_id = {step}"),
    ("innocent", "UPDATE steps SET attempts = 2 WHERE step_id = {step}"),
    ("innocent", "UPDATE transitions SET to_state = 'error' WHERE task_id = {task}"
                 " AND event = 'Start'"),
]


class HistoryCheckerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tmesh-checker-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.good = pathlib.Path(cls.folder) / "good.db"
        with Storm(draw_seed(), step_ms=(1, 5)) as storm:
            storm.start_worker()
            storm.start_client(slots=4, tasks_max=12)
            storm.wait_for_clients(120)
            storm.stop()
            for file in storm.daemon.folder.glob("d.db*"):
                shutil.copy(file, pathlib.Path(cls.folder) / file.name.replace("d.db", "good.db"))
            cls.record = storm.record()

    def assertObjects(self, check, problems):
        self.assertIn(check, {problem.split(":")[0] for problem in problems})

    def test_a_good_history_is_good(self):
        self.assertEqual(check_history(self.good, self.record), [])
        self.assertGreaterEqual(len(self.record.acknowledged), 12)

    def test_each_misdeed_in_the_file_is_noticed(self):
        for number, (check, text) in enumerate(MISDEEDS):
            with self.subTest(text=text):
                bad = self.good.with_name(f"bad{number}.db")
                shutil.copy(self.good, bad)
                db = sqlite3.connect(bad)
                task, last = db.execute("SELECT task_id, steps_total FROM tasks"
                                        " WHERE steps_total >= 4 ORDER BY task_id").fetchone()
                step = task[:14] + last.to_bytes(2, "big")
                names = {"task": task, "step": step, "first": task[:14] + b"\0\1"}
                db.execute(text.format(**{name: f"x'{blob.hex()}'" for name, blob in names.items()}))
                self.assertGreater(db.total_changes, 0, "it did nothing")
                db.commit()
                db.close()
                self.assertObjects(check, check_history(bad, self.record))

    def test_each_broken_word_to_somebody_is_noticed(self):
        def change(field, make):
            record = copy.deepcopy(self.record)
            make(getattr(record, field))
            return check_history(self.good, record)

        nowhere = "00000000-0000-7000-8000-000000000000"
        run = next(iter(self.record.accepted))
        seen = next(each for each in self.record.seen if each[2])
        self.assertObjects("tasks", change("acknowledged", lambda it: it.update({nowhere: "k"})))
        self.assertObjects("tasks", change("told_complete", lambda it: it.add(nowhere)))
        self.assertObjects("tasks", change("keys", lambda it: it.pop()))
        self.assertObjects("results", change("accepted", lambda it: it.update({run: "other"})))
        self.assertObjects("results", change("accepted", lambda it: it.update({(run[0], 7): "1"})))
        self.assertObjects("results", change("sent", lambda it: it.pop(run)))
        self.assertObjects("inputs", change("seen", lambda it: it.append((seen[0], 1, {"x": "1"}))))


if __name__ == "__main__":
    unittest.main(verbosity=2)
