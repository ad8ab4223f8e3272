"""Actors that break or hang, seen from outside. A store is damaged by hand to break them: a table with
another name makes every statement that needs it fatal."""
import contextlib
import sqlite3
import unittest

from harness import EndToEndTest, eventually, one_step

EXIT_ACTOR_FAILED = 70
RESTARTS_MAX = 3


class SupervisionTest(EndToEndTest):
    def prepare(self, **options):
        self.daemon = self.start_daemon(**options)
        self.client = self.daemon.client()
        self.addCleanup(self.client.close)
        self.client.put_template(one_step("t", "one"))
        self.submitted = 0

    def try_submit(self):
        self.submitted += 1
        return self.client.try_submit("t", "one", {"number": self.submitted})

    @contextlib.contextmanager
    def broken_store(self):
        with contextlib.closing(sqlite3.connect(self.daemon.store_path, timeout=10)) as other:
            other.execute("ALTER TABLE tasks RENAME TO elsewhere")
            yield
            other.execute("ALTER TABLE elsewhere RENAME TO tasks")

    def restarts(self, actor):
        return {each["name"]: each["restarts"] for each in self.daemon.stats()["actors"]}[actor]

    def break_once(self):
        reply = self.try_submit()
        self.assertEqual((reply.status, reply.body["error"]["code"]), (500, "internal_error"))

    def test_a_broken_actor_is_restarted_and_the_next_message_succeeds(self):
        self.prepare()
        with self.broken_store():
            self.break_once()
        self.assertEqual(self.try_submit().status, 201)
        self.assertEqual(self.restarts("task_request"), 1)
        self.assertEqual(self.restarts("reader"), 0)

    def test_the_fourth_failure_within_the_window_stops_the_node_in_order(self):
        self.prepare()
        with self.broken_store():
            for _ in range(1 + RESTARTS_MAX):
                self.break_once()
            process, self.daemon.process = self.daemon.process, None
            self.assertEqual(process.wait(60), EXIT_ACTOR_FAILED)
        log = self.daemon.log()
        self.assertIn("actor.gave_up actor=task_request message=process_task_request", log)
        self.assertIn("daemon.actor_failed actor=task_request", log)
        self.assertIn("node.stopped", log)

    def test_a_stuck_actor_is_named_with_what_it_is_in(self):
        self.prepare(stuck_after_ms=100)
        self.assertEqual(self.client.request("HEALTH").status, 200)
        with contextlib.closing(sqlite3.connect(self.daemon.store_path, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            number = self.client.send("TASK.SUBMIT", {"namespace": "t", "name": "one"})
            # Answered while nothing can be committed.
            said = eventually(lambda: self.unhealthy("task_request"), "health names it")
            other.execute("ROLLBACK")
        self.assertEqual(said, "stuck in process_task_request")
        self.assertEqual(self.client.receive(number).status, 201)
        eventually(lambda: self.client.request("HEALTH").status == 200, "it is healthy again")

    def unhealthy(self, actor):
        reply = self.client.request("HEALTH", timeout=2)
        checks = {each["name"]: each for each in reply.body["checks"]}
        return reply.status == 503 and checks[actor]["status"] == "unhealthy" and \
            checks[actor]["message"]

    def test_a_store_that_somebody_else_holds_is_unhealthy(self):
        self.prepare()
        with contextlib.closing(sqlite3.connect(self.daemon.store_path, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            said = eventually(lambda: self.unhealthy("store"), "health sees it")
            other.execute("ROLLBACK")
        self.assertTrue(said)
        self.assertEqual(self.client.request("HEALTH").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
