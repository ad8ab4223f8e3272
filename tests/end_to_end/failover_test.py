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
    def test_a_standby_that_is_named_first_is_not_even_read(self):
        primary = PostgresCluster()
        self.addCleanup(primary.close)
        url = primary.new_database()
        standby = PostgresCluster(source=primary)
        self.addCleanup(standby.close)
        daemon = self.start_daemon(store=url.replace(
            f"host={primary.folder}", f"host={standby.folder},{primary.folder}"))
        client = self.start_client(daemon)
        client.put_template(one_step("standby", "one"))
        standby.query("SELECT pg_wal_replay_pause()", "postgres")  # it does not hear of the task
        task = client.submit("standby", "one")
        self.assertEqual(client.get(task)["name"], "one")
        standby.query("SELECT pg_wal_replay_resume()", "postgres")


if __name__ == "__main__":
    unittest.main(verbosity=2)
