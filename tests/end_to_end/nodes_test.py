"""Several daemons on one PostgreSQL: what one does the others see, and what one leaves they take."""
import json
import threading
import time
import types
import unittest

from harness import EndToEndTest, cli, eventually, template
from postgres_cluster import cluster, new_database
from storm import draw_seed
from storm_nodes import NodeStorm, pass_beats

WORK = template("nodes", "work", {"work": []})
BOUND_S = 60


class TwoNodesTest(EndToEndTest):
    def setUp(self):
        self.url = new_database()
        self.database = self.url.split("/")[3].split("?")[0]
        self.a = self.start_node("a")
        self.b = self.start_node("b")
        self.at_a = self.start_client(self.a)
        self.at_b = self.start_client(self.b)
        self.at_a.put_template(WORK)

    def start_node(self, name, lost_after_ms=2000):
        return self.start_daemon(store=self.url, node_name=name, lost_after_ms=lost_after_ms)

    def query(self, sql):
        return cluster().query(sql, self.database)

    def pass_beats(self, name, count):
        pass_beats(self.query, name, count)

    def wait_until_recorded(self):
        """One step runs, and the store knows it."""
        running = "SELECT 1 FROM taskmesh.steps WHERE state = 3"
        eventually(lambda: self.query(running), "a run is recorded")

    def test_what_is_submitted_here_runs_there_and_is_waited_for_here(self):
        self.start_worker(self.b, "nodes", {"work": lambda run: {"done": True}})
        task = self.at_a.submit("nodes", "work")
        self.assertEqual(self.at_a.wait(task)["status"], "complete")

    def test_a_run_is_cancelled_from_another_node(self):
        called_off = threading.Event()

        def work(run):
            if run.cancelled.wait(BOUND_S):
                called_off.set()

        self.start_worker(self.a, "nodes", {"work": work})
        task = self.at_a.submit("nodes", "work")
        self.wait_until_recorded()
        self.at_b.ok("TASK.CANCEL", {"task_uuid": task})
        self.assertEqual(self.at_a.wait(task)["status"], "cancelled")
        self.assertTrue(called_off.wait(BOUND_S))

    def test_a_pause_at_one_node_is_one_at_all(self):
        done = []
        self.start_worker(self.a, "nodes", {"work": lambda run: done.append(run.run)})
        self.at_b.ok("QUEUE.PAUSE", {"namespace": "nodes"})
        self.pass_beats("a", 2)
        task = self.at_a.submit("nodes", "work")
        self.pass_beats("a", 2)
        self.assertEqual(done, [])
        self.at_b.ok("QUEUE.RESUME", {"namespace": "nodes"})
        self.assertEqual(self.at_b.wait(task)["status"], "complete")

    def test_a_newer_template_is_known_to_all(self):
        self.at_a.submit("nodes", "work", idempotency_key="1")  # it remembers this one
        self.at_b.put_template(template("nodes", "work", {"work": []}, version="2.0.0"))
        self.pass_beats("a", 2)
        task = self.at_a.submit("nodes", "work", idempotency_key="2")
        self.assertEqual(self.at_a.get(task)["version"], "2.0.0")

    def test_what_a_killed_node_has_goes_to_another(self):
        opened = self.gate()
        self.start_worker(self.a, "nodes", {"work": lambda run: opened.wait(BOUND_S)})
        task = self.at_a.submit("nodes", "work")
        self.wait_until_recorded()
        self.a.sigkill()
        self.start_worker(self.b, "nodes", {"work": lambda run: {"run": run.run}})
        self.assertEqual(self.at_b.wait(task)["status"], "complete")
        self.assertIn(" node.took_over ", self.b.log())
        self.assertEqual(self.query("SELECT run, attempts FROM taskmesh.steps"), ["2|1"])
        self.a.start()  # its worker says goodbye to it

    def test_a_worker_of_a_killed_node_goes_on_at_another(self):
        self.a.stop()
        self.b.stop()
        patient, other = (self.start_node(name, 60000) for name in "cd")
        opened = self.gate()
        worker = self.start_worker(patient, "nodes", {"work": lambda run: opened.wait(BOUND_S)},
                                   heartbeat_ms=200, lost_after_ms=1000)
        task = self.start_client(patient).submit("nodes", "work")
        self.wait_until_recorded()
        patient.sigkill()
        worker.endpoint = other.endpoint  # where it says HELLO when it hears nothing any more
        owner = ("SELECT n.name FROM taskmesh.steps s JOIN taskmesh.nodes n USING (node_id) "
                 "WHERE s.due_for <> 4")
        eventually(lambda: self.query(owner) == ["d"], "the run is the other node's")
        opened.set()
        self.assertEqual(self.start_client(other).wait(task)["status"], "complete")
        self.assertEqual(self.query("SELECT run, attempts FROM taskmesh.steps"), ["1|1"])

    def test_the_command_line_goes_on_at_the_next_node(self):
        both = types.SimpleNamespace(endpoint="%s,%s" % (self.a.endpoint, self.b.endpoint),
                                     folder=self.a.folder, worker_log=self.a.worker_log)
        self.start_cli_worker(both, "nodes", ["sh", "-c", "cat > /dev/null; echo {}"])
        eventually(lambda: " worker.joined " in self.a.log(), "it serves the first")
        self.a.sigkill()
        eventually(lambda: " worker.joined " in self.b.log(), "it serves the second")
        done = cli(both.endpoint, "submit", "nodes/work", "--wait=60", "--json")
        self.assertEqual(done.code, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["status"], "complete")
        self.a.start()

    def test_a_node_that_is_replaced_ends(self):
        self.start_node("a")
        eventually(lambda: not self.a.is_running(), "the elder ends")
        self.assertEqual(self.a.process.returncode, 70)
        self.assertIn(" node.declared_dead ", self.a.log())
        self.a.process = None

    def test_an_idle_node_sends_one_statement_a_beat(self):
        self.pass_beats("a", 2)
        before = self.a.stats()["store"]["statements"]
        self.pass_beats("a", 4)
        sent = self.a.stats()["store"]["statements"] - before
        self.assertIn(sent, (4, 5))  # one may lie between a beat and the question

    # ---- Calls: they only make sooner what beats would find --------------------------------------

    BELLS = ("FROM pg_stat_activity WHERE datname = current_database() "
             "AND application_name LIKE 'taskmesh bell %'")

    def calls(self, node):
        return node.stats()["store"]["calls"]

    def test_a_burst_of_changes_is_a_handful_of_calls(self):
        eventually(lambda: self.query("SELECT 1 " + self.BELLS) == ["1", "1"], "both listen")
        before, commits = self.calls(self.a), self.a.commits()
        numbers = [self.at_a.send("TASK.SUBMIT", {"namespace": "nodes", "name": "work",
                                                  "idempotency_key": str(number)})
                   for number in range(1000)]  # nobody runs them
        for number in numbers:
            self.assertEqual(self.at_a.receive(number).status, 201)
        eventually(lambda: self.calls(self.a) > before, "the other one is called")
        self.pass_beats("a", 2)
        self.assertLessEqual(self.calls(self.a) - before, 20)
        self.assertGreaterEqual(self.a.commits() - commits, 4)
        self.assertEqual(self.query("SELECT count(*) FROM taskmesh.tasks"), ["1000"])

    def test_nodes_that_hear_nothing_go_on_by_their_beats(self):
        deaf = threading.Event()

        def deafen():
            while not deaf.wait(0.02):
                cluster().query("SELECT pg_terminate_backend(pid) " + self.BELLS, self.database)

        thread = threading.Thread(target=deafen)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(deaf.set)
        self.start_worker(self.b, "nodes", {"work": lambda run: {"done": True}})
        for number in range(3):
            task = self.at_a.submit("nodes", "work", {"n": number})
            self.assertEqual(self.at_a.wait(task)["status"], "complete")

    def test_a_node_that_is_alone_calls_nobody(self):
        self.b.stop()
        alone = "SELECT count(*) FROM taskmesh.nodes WHERE NOT is_dead"
        eventually(lambda: self.query(alone) == ["1"], "it is alone")
        self.pass_beats("a", 2)
        before = self.calls(self.a)
        self.start_worker(self.a, "nodes", {"work": lambda run: {"done": True}})
        for number in range(10):
            task = self.at_a.submit("nodes", "work", {"n": number})
            self.assertEqual(self.at_a.wait(task)["status"], "complete")
        self.pass_beats("a", 2)
        self.assertEqual(self.calls(self.a), before)


class CampaignTest(unittest.TestCase):
    def test_kills_of_nodes_workers_and_the_database_lose_nothing(self):
        with NodeStorm(draw_seed(), nodes=3) as storm:
            for number in range(3):
                storm.at(number).start_worker()
            for number in range(2):
                storm.at(number).start_client(slots=16)
            for round_number in range(4):
                storm.wait_until_busy()
                storm.kill_node(back_after_s=6.0 if round_number == 1 else 0.0)
                storm.kill_worker()
                storm.draw_node()
                storm.start_worker()
                if round_number == 2:
                    storm.crash_database()
                time.sleep(storm.chance.uniform(0.2, 1.0))
                storm.revive()
            eventually(lambda: storm.count_tasks() >= 200, "200 tasks", 120, every=0.5)
            storm.settle(120)
            storm.revive()
            self.assertEqual(storm.query("SELECT count(*) FROM taskmesh.steps "
                                         "WHERE node_id IS NOT NULL"), ["0"])
            storm.stop()
            storm.check(self)
            self.assertGreaterEqual(storm.count_logged("node.took_over"), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
