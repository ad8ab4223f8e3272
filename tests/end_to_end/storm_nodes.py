"""Several daemons on one PostgreSQL under load, any of which a test may kill, and the database too."""
import os
import signal
import sys
import time

from harness import Daemon, eventually
from history_postgres import PostgresHistory
from postgres_cluster import PostgresCluster
from postgres_proxy import Meeting, PostgresProxy
from storm import OPEN_TASKS_MIN, RUNS_OUT_MIN, Storm, storm_templates

__all__ = ["FailoverStorm", "NodeStorm", "pass_beats"]

BOUND_S = 60
READY = b"Z"  # the message of PostgreSQL behind all answers of a round trip
DEAD = 70  # the exit code of a node that others have declared dead


def pass_beats(query, name, count):
    """Until the node of this name has beaten so often."""
    beat = "SELECT beat_ms FROM taskmesh.nodes WHERE name = '%s' AND NOT is_dead" % name
    for _ in range(count):
        last = query(beat)
        eventually(lambda last=last: query(beat) != last, "another beat")


class NodeStorm(Storm):
    """A context manager. What is started is started at `self.daemon`, which `at` chooses. The first
    `wired` nodes reach the database through a wire that can be cut."""

    def __init__(self, seed, nodes, capacity=8, step_ms=(20, 60), lost_after_ms=2000,
                 heartbeat_ms=500, wired=0):
        self.cluster = PostgresCluster()
        url = self.open_database()
        self.database = url.split("/")[3].split("?")[0]
        super().__init__(seed, capacity, step_ms, heartbeat_ms, lost_after_ms)
        self.daemon.close()  # not one, but these
        self.proxy = PostgresProxy(self.cluster) if wired else None
        self.nodes = [Daemon(store=self.proxy.url(url) if number < wired else url,
                             node_name=f"n{number}", lost_after_ms=lost_after_ms,
                             heartbeat_ms=heartbeat_ms) for number in range(nodes)]
        self.daemon = self.nodes[0]

    def open_database(self):
        return self.cluster.new_database()

    def __enter__(self):
        for node in self.nodes:
            node.start()
        with self.daemon.client() as client:
            client.put_template(storm_templates())
        return self

    def __exit__(self, kind, *rest):
        if kind:
            for node in self.nodes:
                print(f"---- {node.options['node_name']}", node.log()[-2000:], file=sys.stderr)
        super().__exit__(kind, *rest)
        for node in self.nodes:
            node.close()
        if self.proxy:
            self.proxy.close()
        self.cluster.close()

    def at(self, number):
        self.daemon = self.nodes[number]
        return self

    def start_client_of_all(self, slots):
        """Each submission goes to all nodes at once."""
        self.start_client(slots, endpoint=",".join(node.endpoint for node in self.nodes))

    def draw_node(self):
        return self.at(self.chance.randrange(len(self.nodes))).daemon

    # ---- What befalls them -----------------------------------------------------------------------

    def kill_node(self, back_after_s=0.0):
        """One at random; it starts again under its name."""
        node = self.draw_node()
        node.sigkill()
        time.sleep(back_after_s)
        node.start()

    def stop_node(self, number, within_transaction=False):
        """SIGSTOP, with claims. `within_transaction`: of a wired one, which has just locked tasks and
        does not know it yet."""
        node = self.nodes[number]

        def stop():
            node.process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, node.process.pid, os.WSTOPPED | os.WNOWAIT)  # all of its threads

        if within_transaction:
            met = self.proxy.meet(Meeting("answer", "load", type=READY, has_locks=True, act=stop))
            assert met.happened.wait(BOUND_S), "it begins no transaction that locks tasks"
        else:
            stop()
        return node

    def wait_for_its_end(self, node):
        """A node that is dead hears of that, ends, and starts again as another."""
        eventually(lambda: not node.is_running(), "a node that is dead ends", BOUND_S)
        code = node.process.returncode
        assert code == DEAD, f"it ended with {code}"
        node.process = None
        node.start()

    def crash_database(self):
        """As if its machine had failed."""
        self.cluster.stop(signal.SIGQUIT)
        self.cluster.start()

    def revive(self):
        """Nodes that have given up, because the database was away for too long or others did not hear
        of them; how many."""
        ended = [node for node in self.nodes if not node.is_running()]
        for node in ended:
            code = node.process.wait()
            assert code == DEAD, f"a node ended with {code}:\n{node.log()[-3000:]}"
            node.process = None
            node.start()
        return len(ended)

    # ---- What is seen of them --------------------------------------------------------------------

    def query(self, sql):
        return self.cluster.query(sql, self.database)

    def wait_until_busy(self, seconds=60):
        """At least 20 tasks open and 5 runs out, at all nodes together."""
        return eventually(self._what_is_open, "20 tasks open and 5 runs out", seconds, every=0.2)

    def _what_is_open(self):
        tasks, runs = map(int, self.query(
            "SELECT (SELECT count(*) FROM taskmesh.tasks WHERE completed_ms = 0), "
            "(SELECT count(*) FROM taskmesh.steps WHERE node_id IS NOT NULL)")[0].split("|"))
        return (tasks, runs) if tasks >= OPEN_TASKS_MIN and runs >= RUNS_OUT_MIN else None

    def count_logged(self, event):
        return sum(node.log().count(f" {event} ") for node in self.nodes)

    def living(self):
        """The ids by the names of the nodes that nobody has declared dead."""
        rows = self.query("SELECT name, node_id FROM taskmesh.nodes WHERE NOT is_dead")
        return dict(row.split("|") for row in rows)

    def _count(self, what):
        return int(self.query("SELECT count(*) FROM taskmesh." + what)[0])

    def count_tasks(self):
        return self._count("tasks")

    def count_results(self):
        return self._count("results")

    def count_held_by(self, node_id):
        return self._count(f"steps WHERE node_id = '{node_id}'")

    def count_lost_workers(self):
        return self._count("steps WHERE workers_lost > 0")

    def stop(self):
        for process in self.workers.values():
            process.terminate()
        for name, process in self.workers.items():
            code = process.wait(60)
            assert code == 0, f"{name} ended with {code}"
        for node in self.nodes:
            node.stop()
            assert "Sanitizer" not in node.log(), "a sanitizer has reported something"

    def history(self):
        return PostgresHistory(self.cluster, self.database)


class FailoverStorm(NodeStorm):
    """The database has a standby, without which nothing is acknowledged; nodes know both."""

    def open_database(self):
        url = self.cluster.new_database()
        self.standby = PostgresCluster(source=self.cluster)
        self.cluster.wait_for_standby()
        return url.replace(f"host={self.cluster.folder}",
                           f"host={self.cluster.folder},{self.standby.folder}")

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        self.standby.close()

    def fail_over(self):
        """The primary's machine fails for good."""
        self.cluster.stop(signal.SIGQUIT)
        self.standby.promote()
        self.cluster, self.standby = self.standby, self.cluster
