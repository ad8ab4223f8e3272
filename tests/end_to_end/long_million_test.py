"""A step costs the same among a million tasks that wait as among ten thousand: statements, pages per index
look-up and processor time of the PostgreSQL server; whatever the server knows about its tables."""

import json
import os
import pathlib
import statistics
import time
import unittest

from harness import Daemon, Failure, eventually, one_step, template
from plan_log import SETTINGS, PlanLog
from postgres_cluster import PostgresCluster

SIZES = [int(size) for size in os.environ.get("TMESH_WAITING", "10000,1000000").split(",")]
FILL_S = 1500
CHAINS, ROUNDS = 25, 9  # of four steps each; of each size in turn
CPU_RATIO_MAX = 1.2
# A level of an index; the rest is chance: which parts of the visibility map, which versions of rows.
MORE_PAGES_MAX = 1.5
HOUR_MS = 3_600_000
STEPS = {"a": [], "b": ["a"], "c": ["b"]}
CHAIN = {"a": [], "b": ["a"], "c": ["b"], "d": ["c"]}
# No room for chance: the machine's memory holds all, and nobody cleans up or looks at the tables by itself.
SERVER = ["shared_buffers=2GB", "max_wal_size=16GB", "checkpoint_timeout=1h", "autovacuum=off", *SETTINGS]
# What a node counts when it starts.
OPEN_TASKS = "SELECT count(*) FROM tasks WHERE state < 9"
MULTIPLY = pathlib.Path(__file__).parent.parent / "support" / "multiply_tasks.sql"
FORGET_STATISTICS = """
    DELETE FROM pg_statistic WHERE starelid IN (
        SELECT oid FROM pg_class WHERE relnamespace = 'taskmesh'::regnamespace);
    UPDATE pg_class SET relpages = 0, reltuples = -1, relallvisible = 0
        WHERE relnamespace = 'taskmesh'::regnamespace AND relkind IN ('r', 'i')"""


class Place:
    """A database with so many tasks that wait, and a daemon on it with a worker for others."""

    def __init__(self, cluster, size):
        self.cluster = cluster
        self.size = size
        url = cluster.new_database()
        self.database = url.split("/")[3].split("?")[0]
        self.daemon = Daemon(store=url, node_name="n", retry_jitter="false", note_sent_after_ms=10000)
        self.submitted = 0

    def query(self, sql):
        return self.cluster.query(sql, self.database, FILL_S)

    def start(self):
        self.daemon.start()
        self.client = self.daemon.client()
        self.work()

    def stop(self):
        self.worker.stop()
        self.client.close()
        self.daemon.stop()

    def work(self, capacity=4):
        self.worker = self.daemon.worker("w", {"*": lambda run: {"n": 1}}, capacity=capacity)
        self.worker.__enter__()

    def submit(self, name, **fields):
        self.submitted += 1
        reply = self.client.ok("TASK.SUBMIT", {"tasks": [
            dict(fields, namespace="w", name=name, idempotency_key=str(self.submitted))]})
        return reply.body["tasks"][0]["task_uuid"]

    def run_chains(self, count):
        for _ in range(count):
            assert self.client.wait(self.submit("chain"))["status"] == "complete"

    def put_models(self):
        """A task of each kind that waits: for a worker, for its time, for a retry behind a step that is
        done."""
        retry = {"max_attempts": 3, "backoff_base_ms": HOUR_MS, "max_backoff_ms": HOUR_MS}
        again = {"name": "b", "handler": {"callable": "again"}, "dependencies": ["a"], "retry": retry}
        self.client.put_template([
            template("u", "one", STEPS), template("v", "two", STEPS), template("t", "postponed", STEPS),
            template("t", "retried", [{"name": "a", "handler": {"callable": "good"}}, again,
                                      {"name": "c", "handler": {"callable": "c"}, "dependencies": ["b"]}]),
            template("w", "chain", CHAIN), one_step("w", "one")])

        def work(run):
            if run.callable == "again":
                raise Failure("no", retryable=True)
            return {"n": 1}

        with self.daemon.worker("t", {"good": work, "again": work}):
            self.client.submit("u", "one")
            self.client.submit("v", "two")
            self.client.ok("TASK.SUBMIT", {"tasks": [
                {"namespace": "t", "name": "postponed", "delay_ms": HOUR_MS}]})
            task = self.client.submit("t", "retried")
            eventually(lambda: self.client.get(task)["status"] == "waiting_for_retry", "it waits")

    def multiply(self):
        begun = time.monotonic()
        self.query("SET test.copies = %d; %s" % (self.size // 4, MULTIPLY.read_text("utf-8")))
        size = self.query("SELECT pg_size_pretty(pg_database_size(current_database()))")[0]
        print("%d tasks that wait: %s, filled in %.0f s" % (self.size, size, time.monotonic() - begun))

    def processor_ms(self):
        """Of the server's processes for this daemon, so far."""
        pids = self.query("SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                          "AND application_name LIKE 'taskmesh%'")
        return sum(int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e6

    def fill_queue_and_refill(self):
        """Steps that wait for a worker until one comes; tasks whose time comes; a node that is killed."""
        self.worker.stop()
        tasks = [self.submit("one") for _ in range(30)]
        tasks += [self.submit("one", delay_ms=1000) for _ in range(5)]
        self.work(capacity=2)
        for task in tasks:
            self.client.wait(task)
        self.worker.stop()
        with self.daemon.worker("w", {"*": lambda run: run.cancelled.wait(2)}):
            self.submit("one")
            eventually(lambda: self.query("SELECT 1 FROM taskmesh.steps WHERE node_id IS NOT NULL "
                                          "LIMIT 1"), "it is claimed")
            self.daemon.sigkill()
        self.client.close()
        self.start()
        self.run_chains(1)


class LongMillionTest(unittest.TestCase):
    def setUp(self):
        self.cluster = PostgresCluster(*SERVER)
        self.addCleanup(self.cluster.close)
        self.log = PlanLog(self.cluster)
        self.places = [Place(self.cluster, size) for size in SIZES]
        for place in self.places:
            self.addCleanup(place.daemon.close)

    def each(self, do):
        return [do(place) for place in self.places]

    def test_a_million_tasks_that_wait(self):
        self.each(Place.start)
        self.each(Place.put_models)
        # The server looks and statements are planned while there is next to nothing.
        self.each(lambda place: place.query("VACUUM ANALYZE"))
        self.each(lambda place: place.run_chains(8))
        self.each(Place.multiply)
        self.compare_processor_time("planned when nearly empty")
        self.each(Place.stop)
        self.compare_all("looked at when nearly empty")
        self.each(lambda place: place.query("VACUUM ANALYZE"))
        self.compare_all("looked at")
        self.each(lambda place: place.query(FORGET_STATISTICS))
        self.compare_all("never looked at")

    def compare_all(self, when):
        self.each(lambda place: self.log.switch(place.database, True))
        begun = self.log.position()
        self.each(Place.start)
        self.compare_statements(when)
        self.each(Place.fill_queue_and_refill)
        self.each(Place.stop)
        self.compare_pages(when, begun)
        self.each(lambda place: self.log.switch(place.database, False))
        self.each(Place.start)
        self.compare_processor_time(when)
        self.each(Place.stop)

    def compare_statements(self, when):
        """Of a chain of four steps: the least of several, for once a second a beat comes between."""
        def statements_of_chain(place):
            costs = []
            for _ in range(20):
                before = place.client.stats()["store"]["statements"]
                place.run_chains(1)
                costs.append(place.client.stats()["store"]["statements"] - before)
            return min(costs)

        few, many = self.each(statements_of_chain)
        print("%s: %d and %d statements for a chain of four steps" % (when, few, many))
        self.assertEqual(few, many)

    def compare_pages(self, when, begun):
        few, many = self.each(lambda place: self.log.costs(place.database, begun))
        self.assertGreater(len(many), 30)  # it has logged them
        grown = []
        for text in sorted(set(few) & set(many) - {OPEN_TASKS}):
            more = many[text][0] - few[text][0]
            if more > MORE_PAGES_MAX:
                grown.append("%.1f -> %.1f pages per look-up: %s\n%s" % (
                    few[text][0], many[text][0], text, json.dumps(many[text][2], indent=1)))
        beat = next(text for text in many if "since_ms = CASE" in text)
        print("%s: %d kinds of statements, pages per look-up: %.2f and %.2f, of a beat %.2f and %.2f"
              % (when, len(many), *(statistics.mean(cost[0] for text, cost in costs.items()
                                                    if text != OPEN_TASKS) for costs in (few, many)),
                 few[beat][0], many[beat][0]))
        with self.subTest(when):
            self.assertFalse(grown, "\n".join(grown))

    def compare_processor_time(self, when):
        self.each(lambda place: place.run_chains(8))  # plans are made
        costs, idle = [[] for _ in self.places], [[] for _ in self.places]
        for _ in range(ROUNDS):
            for number, place in enumerate(self.places):
                before = place.processor_ms()
                place.run_chains(CHAINS)
                costs[number].append((place.processor_ms() - before) / CHAINS / len(CHAIN))
            before = self.each(Place.processor_ms)
            time.sleep(1)
            for number, place in enumerate(self.places):
                idle[number].append(place.processor_ms() - before[number])
        few, many = map(statistics.median, costs)
        print("%s: %.2f and %.2f ms of the server's processor time per step (%.2f times), idle %.2f and "
              "%.2f ms per second" % (when, few, many, many / few, *map(statistics.median, idle)))
        with self.subTest(when):
            self.assertLessEqual(many / few, CPU_RATIO_MAX, costs)


if __name__ == "__main__":
    unittest.main()
