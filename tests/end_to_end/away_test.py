"""The database is away: the daemon says so at once, refuses what needs it, and goes on when it is back."""
import signal
import unittest

from harness import EndToEndTest, eventually, one_step
from postgres_cluster import PostgresCluster

AT_ONCE = 200


class AwayTest(EndToEndTest):
    def setUp(self):
        self.cluster = PostgresCluster()
        self.addCleanup(self.cluster.close)
        self.daemon = self.start_daemon(store=self.cluster.new_database(), heartbeat_ms=500,
                                        lost_after_ms=60000)
        self.client = self.start_client(self.daemon)
        self.client.put_template(one_step("away", "one"))

    def store_check(self):
        reply = self.client.request("HEALTH")
        return reply.status, [check for check in reply.body["checks"] if check["name"] == "store"][0]

    def missed(self):
        """What health says of the store, once it is given up."""
        status, check = self.store_check()
        if status != 503:
            return None
        reply = self.client.request("TASK.LIST", timeout=60)
        self.assertEqual(reply.status, 503)
        return check if "out of reach" in reply.body["error"]["message"] else None

    def answers(self, command, bodies):
        """To all of them, sent at once."""
        numbers = [self.client.send(command, body) for body in bodies]
        return [self.client.receive(number) for number in numbers]

    def refused(self, command, bodies):
        for reply in self.answers(command, bodies):
            self.assertEqual((reply.status, reply.body["error"]["code"]), (503, "connection"))
            self.assertGreater(reply.body["error"]["retry_after_ms"], 0)

    def check_while_it_is_away(self):
        said = eventually(self.missed, "the store is given up")
        self.assertEqual(said["status"], "unhealthy")
        self.assertGreater(said["since_at"], 0)
        self.assertEqual([reply.status for reply in self.answers("HEALTH", [{}] * AT_ONCE)],
                         [503] * AT_ONCE)
        self.refused("TASK.SUBMIT", [{"namespace": "away", "name": "one", "idempotency_key": str(key)}
                                     for key in range(AT_ONCE)])
        self.refused("TASK.LIST", [{}] * AT_ONCE)
        self.refused("WORKER.HELLO", [  # nobody can say whose that run is: it is kept
            {"name": "other", "namespaces": ["away"], "capacity": 1, "protocol": ["TM1"],
             "held_runs": [run.fence() for run in self.worker.held.values()]}])
        self.assertEqual(self.client.request("WORKER.LIST").status, 200)
        page = self.client.ok("METRICS").body["text"]
        self.assertIn("\ntaskmesh_db_reachable 0\n", page)
        done = self.daemon.cli("health")
        self.assertEqual(done.code, 5, done)
        self.assertIn("out of reach for", done.stdout)
        return said["message"]

    def check_that_it_is_back(self):
        status, check = eventually(lambda: self.back(), "health is good")
        self.assertEqual((check["status"], check["message"]), ("healthy", None))
        self.assertIn("\ntaskmesh_db_reachable 1\n", self.client.ok("METRICS").body["text"])
        self.assertEqual(self.daemon.cli("health").code, 0)

    def back(self):
        status, check = self.store_check()
        return (status, check) if status == 200 else None

    def run_through(self, leave, come_back):
        opened = self.gate()
        self.worker = self.start_worker(self.daemon, "away",
                                        {"work": lambda run: opened.wait(60)})
        task = self.client.submit("away", "one")
        eventually(lambda: self.worker.held, "the step runs")
        leave()
        opened.set()  # its worker keeps the result, and sends it again
        message = self.check_while_it_is_away()
        come_back()
        self.check_that_it_is_back()
        self.assertEqual(self.client.wait(task)["status"], "complete")
        self.assertEqual(self.client.get(task)["steps"][0]["attempts"], 1)
        other = self.client.submit("away", "one", {"n": 2})
        self.assertEqual(self.client.wait(other)["status"], "complete")
        self.assertEqual(self.daemon.cli("doctor").code, 0)
        return message

    def test_a_server_that_is_stopped(self):
        message = self.run_through(lambda: self.cluster.stop(signal.SIGQUIT), self.cluster.start)
        self.assertIn("failed", message)  # as libpq says it
        log = self.daemon.log()
        self.assertEqual(log.count(" node.beat_failed "), 1)
        self.assertEqual(log.count(" node.beats_again "), 1)

    def test_a_server_that_takes_connections_and_never_answers(self):
        message = self.run_through(self.cluster.freeze, self.cluster.thaw)
        self.assertRegex(message, "does not answer|timeout expired")


if __name__ == "__main__":
    unittest.main(verbosity=2)
