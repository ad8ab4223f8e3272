"""The daemon on a PostgreSQL database that fails under it: no task is lost, none counts twice."""

import signal
import unittest

import postgres_cluster
from harness import EndToEndTest, eventually, template

STEPS = {"a": [], "b": ["a"], "c": ["b"], "d": ["c"]}


class PostgresTest(EndToEndTest):
    def start(self):
        self.url = postgres_cluster.new_database()
        # A busy machine records no sends beside the results: what a chain costs does not depend on it.
        self.daemon = self.start_daemon(store=self.url, note_sent_after_ms=10000)
        self.client = self.start_client(self.daemon)
        self.client.put_template([template("t", "chain", STEPS)])

    def run_tasks(self, count):
        return [self.client.submit("t", "chain", {"n": number}) for number in range(count)]

    def all_end(self, tasks):
        for task in tasks:
            self.assertEqual(self.client.wait(task, "ended", 60)["status"], "complete")

    def no_problems(self):
        done = self.daemon.cli("doctor")
        self.assertEqual(done.code, 0, done)

    def test_a_chain_costs_five_commits_and_few_round_trips(self):
        self.start()
        with self.daemon.worker("t", {"*": lambda run: run.step_name}):
            self.all_end(self.run_tasks(1))  # definitions are known then
            costs = []
            for number in range(5):  # in some of them the node beats: once a second, a round trip
                before = self.client.stats()["store"]
                self.all_end([self.client.submit("t", "chain", {"cost": number})])
                after = self.client.stats()["store"]
                costs.append((after["round_trips"] - before["round_trips"],
                              after["commits"] - before["commits"]))
        self.assertEqual(after["backend"], "postgres")
        self.assertLessEqual(min(costs), (12, 6))

    def test_connections_that_end_cost_no_task(self):
        self.start()
        database = self.url.split("?")[0].rsplit("/", 1)[1]
        with self.daemon.worker("t", {"*": lambda run: run.step_name}):
            tasks = []
            for round_number in range(5):
                tasks += [self.client.submit("t", "chain", {"round": round_number, "n": number})
                          for number in range(4)]
                postgres_cluster.cluster().query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                    "current_database() AND pid <> pg_backend_pid()", database)
            self.all_end(tasks)
        self.no_problems()

    def test_a_server_that_crashes_and_comes_back(self):
        self.start()
        cluster = postgres_cluster.cluster()
        with self.daemon.worker("t", {"*": lambda run: run.step_name}):
            tasks = self.run_tasks(8)
            cluster.stop(signal.SIGQUIT)
            cluster.start()
            self.all_end(tasks)
        self.no_problems()

    def test_a_daemon_that_is_killed_goes_on(self):
        self.start()
        with self.daemon.worker("t", {"*": lambda run: run.step_name}):
            tasks = self.run_tasks(8)
            self.daemon.sigkill()
            self.daemon.start()
            self.all_end(tasks)
        self.no_problems()

    def test_a_role_that_owns_nothing_but_its_schema(self):
        cluster = postgres_cluster.cluster()
        url = cluster.new_database()
        database = url.split("?")[0].rsplit("/", 1)[1]
        for statement in ("CREATE ROLE %r LOGIN", "REVOKE ALL ON DATABASE %s FROM PUBLIC",
                          "REVOKE ALL ON SCHEMA public FROM PUBLIC",
                          "GRANT CONNECT ON DATABASE %s TO %r",
                          "CREATE SCHEMA taskmesh AUTHORIZATION %r"):
            cluster.query(statement.replace("%s", database).replace("%r", '"Task.Mesh"'), database)
        self.daemon = self.start_daemon(store=url.replace("user=postgres", "user=Task.Mesh"))
        self.client = self.start_client(self.daemon)
        self.client.put_template([template("t", "chain", STEPS)])
        with self.daemon.worker("t", {"*": lambda run: run.step_name}):
            tasks = self.run_tasks(4)
            cluster.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE usename = 'Task.Mesh'", database)  # what is in doubt is found out
            self.all_end(tasks)
            self.daemon.restart()
            self.all_end([self.client.submit("t", "chain", {"restarted": True})])
        self.no_problems()

    def test_backups_are_made_by_pg_dump(self):
        self.start()
        reply = self.client.request("BACKUP", {"file": "/tmp/never-made.db"})
        self.assertEqual((reply.status, reply.body["error"]["code"]), (400, "backup_unsupported"))
        self.assertIn("pg_dump", reply.body["error"]["message"])

    def test_a_dump_that_is_made_while_work_goes_on_is_a_store(self):
        self.start()
        cluster = postgres_cluster.cluster()
        source, target = (url.split("?")[0].rsplit("/", 1)[1]
                          for url in (self.url, postgres_cluster.new_database()))
        opened = self.gate()
        waiting = []

        def work(run):
            if run.step_name == "c":
                waiting.append(run)
                opened.wait(60)
            return run.step_name

        with self.daemon.worker("t", {"*": work}, capacity=2):
            tasks = self.run_tasks(8)
            eventually(lambda: len(waiting) == 2, "two wait in the middle")
            cluster.copy_schema(source, target)
            opened.set()
            self.all_end(tasks)
        self.daemon.stop()
        self.daemon.store = self.url.replace(f"/{source}?", f"/{target}?")
        self.daemon.start()
        self.assertEqual(cluster.query("SELECT count(*) FROM taskmesh.tasks WHERE completed_ms = 0",
                                       target), ["8"])
        with self.daemon.worker("t", {"*": lambda run: run.step_name}):
            self.all_end(tasks)  # as if that had never been
        self.no_problems()

    def test_the_log_shows_no_password(self):
        self.start()
        self.daemon.stop()
        self.daemon.store = self.url.replace("&user=postgres", "&user=postgres&password=secret")
        self.daemon.start()
        eventually(lambda: "daemon.ready" in self.daemon.log(), "the daemon is ready")
        self.assertIn("store=postgresql:", self.daemon.log())
        self.assertNotIn("secret", self.daemon.log())


if __name__ == "__main__":
    unittest.main()
