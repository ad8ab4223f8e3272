"""The primary fails under load and its standby takes its place: nodes go on there, and nothing that was
acknowledged is lost."""
import unittest

from harness import EndToEndTest, eventually, one_step
from postgres_cluster import PostgresCluster
from storm import draw_seed
from storm_nodes import FailoverStorm


class FailoverTest(unittest.TestCase):
    def test_nodes_go_on_at_the_standby_and_nothing_is_lost(self):
        with FailoverStorm(draw_seed(), nodes=2) as storm:
            for number in range(2):
                storm.at(number).start_worker()
                storm.start_client(slots=16)
            storm.wait_until_busy()
            storm.fail_over()
            before = storm.count_tasks()
            eventually(lambda: storm.count_tasks() >= before + 50, "50 tasks more", 60, every=0.2)
            storm.settle(60)
            self.assertEqual([node.is_running() for node in storm.nodes], [True, True])
            for node in storm.nodes:
                self.assertEqual(node.cli("health").code, 0)
            self.assertEqual(storm.nodes[0].cli("doctor").code, 0)
            storm.stop()
            storm.check(self)


class StandbyTest(EndToEndTest):
    def setUp(self):
        self.primary = PostgresCluster()
        self.addCleanup(self.primary.close)
        url = self.primary.new_database()
        self.standby = PostgresCluster(source=self.primary)
        self.addCleanup(self.standby.close)
        self.daemon = self.start_daemon(store=url.replace(
            f"host={self.primary.folder}", f"host={self.standby.folder},{self.primary.folder}"))
        self.client = self.start_client(self.daemon)
        self.client.put_template(one_step("standby", "one"))

    def test_a_standby_that_is_named_first_is_not_even_read(self):
        self.standby.query("SELECT pg_wal_replay_pause()", "postgres")  # it does not hear of the task
        task = self.client.submit("standby", "one")
        self.assertEqual(self.client.get(task)["name"], "one")
        self.standby.query("SELECT pg_wal_replay_resume()", "postgres")

    def test_without_its_standby_nothing_is_acknowledged_and_health_says_so(self):
        self.primary.wait_for_standby()
        self.standby.freeze()
        number = self.client.send("TASK.SUBMIT", {"namespace": "standby", "name": "one"})
        store = eventually(self.sick_store, "health sees it")
        self.assertIn("does not answer", store["message"])
        refused = eventually(self.refused_list, "it is given up")  # though it could be read
        self.assertEqual(refused.body["error"]["code"], "connection")
        self.standby.thaw()
        self.assertEqual(self.client.receive(number).status, 201)
        eventually(lambda: self.client.request("HEALTH").status == 200, "health is good")
        self.assertEqual(len(self.client.ok("TASK.LIST").body["tasks"]), 1)

    def sick_store(self):
        """What health says of it; people look at tasks meanwhile."""
        self.client.request("TASK.LIST")
        checks = self.client.request("HEALTH").body["checks"]
        return next((check for check in checks if check["name"] == "store"
                     and check["status"] == "unhealthy"), None)

    def refused_list(self):
        reply = self.client.request("TASK.LIST")
        return reply if reply.status == 503 else None


if __name__ == "__main__":
    unittest.main(verbosity=2)
