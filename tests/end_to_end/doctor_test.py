"""taskmesh doctor: a healthy store has nothing to show, and a damaged one each kind of damage."""

import json
import sqlite3
import unittest

from harness import EndToEndTest, Failure, eventually, one_step, template

BOUND_S = 20
OPEN_TASK = "(SELECT task_id FROM tasks WHERE state = 4)"
ENDED_TASK = "(SELECT task_id FROM tasks WHERE state = 9)"


class DoctorTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.opened = self.gate()

    def work(self, run):
        if run.callable == "bad":
            raise Failure("no", retryable=False)
        if run.callable == "again":
            raise Failure("later", retryable=True)
        if run.callable == "long":
            self.opened.wait(BOUND_S)

    def fill(self):
        """One task of every kind that rests: complete, running, unclaimed, blocked, in error,
        cancelled, postponed, waiting for a retry."""
        client = self.client
        client.put_template(template("t", "chain", {"a": [], "b": ["a"]}))
        client.put_template(one_step("t", "long", callable="long"))
        client.put_template(one_step("t", "again", callable="again",
                                     retry={"max_attempts": 9, "backoff_base_ms": 600000}))
        client.put_template(one_step("u", "alone"))
        client.put_template(template("t", "bad", {"bad": [], "a": ["bad"]}))
        self.start_worker(self.daemon, "t", {"*": self.work})
        done = client.submit("t", "chain", {"n": 1})
        client.submit("t", "chain", {"n": 2}, delay_ms=3600000)
        client.submit("t", "long")
        client.submit("u", "alone")
        cancelled = client.submit("u", "alone", {"n": 2})
        client.ok("TASK.CANCEL", {"task_uuid": cancelled})
        blocked = client.submit("t", "bad")
        given_up = client.submit("t", "bad", {"n": 2})
        waiting = client.submit("t", "again")
        for task in (done, blocked, given_up):
            client.wait(task, "settled")
        client.ok("TASK.RESOLVE", {"task_uuid": given_up, "action": "give_up"})
        eventually(lambda: client.get(waiting)["status"] == "waiting_for_retry", "it waits")
        eventually(lambda: self.daemon.query("SELECT 1 FROM steps WHERE state = 3"), "one runs")

    def problems(self):
        return [problem["kind"] for problem in self.client.ok("DOCTOR", {}).body["problems"]]

    def damage(self, sql):
        connection = sqlite3.connect(self.daemon.store_path, timeout=10)
        with connection:
            self.assertGreater(connection.execute(sql).rowcount, 0, sql)
        connection.close()

    def test_a_healthy_store_has_nothing_to_show(self):
        self.assertEqual(self.problems(), [])
        self.fill()
        self.assertEqual(self.client.ok("DOCTOR", {}).body, {"count": 0, "problems": []})
        result = self.daemon.cli("doctor")
        self.assertEqual((result.code, result.stdout), (0, "no problems\n"))
        self.assertEqual(self.client.ok("STATS", {"doctor": True}).body["doctor_problems"], 0)
        self.assertNotIn("doctor_problems", self.client.ok("STATS", {}).body)

    def test_each_kind_of_damage_is_found(self):
        self.fill()
        damages = {
            "task_counters": f"UPDATE tasks SET steps_done = 1 WHERE task_id = {ENDED_TASK}",
            "task_numbers": f"DELETE FROM transitions WHERE task_id = {ENDED_TASK} AND number = 3",
            "task_stuck": "UPDATE tasks SET steps_waiting = 0 WHERE state = 7",
            "step_parents": "UPDATE steps SET parents_open = 2 WHERE state = 7",
            "step_without_due": "UPDATE steps SET due_ms = NULL, due_for = 0 WHERE state = 6",
            "task_overdue": "UPDATE tasks SET due_ms = 1 WHERE state = 10",
        }
        for kind, sql in damages.items():
            before = self.backup()
            self.damage(sql)
            self.assertIn(kind, self.problems(), sql)
            self.restore(before)
            self.assertEqual(self.problems(), [], kind)

    def test_damaged_states_are_found(self):
        self.fill()
        damages = {
            "task_passing": "UPDATE tasks SET state = 5 WHERE state = 9",
            "step_passing": "UPDATE steps SET state = 4 WHERE state = 7",
            "step_held": "UPDATE steps SET held = 1, due_ms = NULL WHERE state = 2 AND claimed = 0",
            "step_of_ended_task": "UPDATE tasks SET state = 11 WHERE state = 8",
            "step_overdue": "UPDATE steps SET due_ms = 1 WHERE state = 6",
        }
        for kind, sql in damages.items():
            before = self.backup()
            self.damage(sql)
            self.assertIn(kind, self.problems(), sql)
            self.restore(before)
            self.assertEqual(self.problems(), [], kind)

    def test_the_command_shows_what_it_finds(self):
        self.fill()
        before = self.backup()
        self.damage(f"UPDATE tasks SET steps_done = 1 WHERE task_id = {ENDED_TASK}")
        result = self.daemon.cli("doctor")
        self.assertEqual(result.code, 1)
        self.assertIn("its counters differ from the states of its steps", result.stdout)
        result = self.daemon.cli("doctor", "--json")
        self.assertEqual((result.code, json.loads(result.stdout)["count"]), (1, 1))
        self.assertEqual(self.client.ok("STATS", {"doctor": True}).body["doctor_problems"], 1)
        self.restore(before)

    def backup(self):
        return {table: self.daemon.query(f"SELECT * FROM {table}")
                for table in ("tasks", "steps", "transitions")}

    def restore(self, before):
        connection = sqlite3.connect(self.daemon.store_path, timeout=10)
        with connection:
            for table, rows in before.items():
                connection.execute(f"DELETE FROM {table}")
                marks = ",".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        connection.close()


if __name__ == "__main__":
    unittest.main()
