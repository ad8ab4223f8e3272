"""Three nodes with two workers each on one PostgreSQL: 5,000 workflows, while nodes are killed every 2 to
5 s, the database every 10 s, workers now and then."""
import sys
import time
import unittest

from storm import draw_seed
from storm_nodes import NodeStorm

TASKS = 5000
BOUND_S = 1500


def start_all(storm, slots):
    for number in range(3):
        storm.at(number).start_worker()
        storm.start_worker()
        storm.start_client(slots)


class LongNodesTest(unittest.TestCase):
    def test_kills_of_everything_lose_nothing(self):
        with NodeStorm(draw_seed(), nodes=3, capacity=16, step_ms=(5, 20)) as storm:
            start_all(storm, slots=24)
            deadline = time.monotonic() + BOUND_S
            crash_at = time.monotonic() + 10
            kills = crashes = ended = 0
            while time.monotonic() < deadline and storm.count_tasks() < TASKS:
                storm.wait_until_busy(120)
                time.sleep(storm.chance.uniform(2, 5))
                ended += storm.revive()
                storm.kill_node()
                kills += 1
                if kills % 3 == 0:
                    storm.kill_worker()
                    storm.draw_node()
                    storm.start_worker()
                if time.monotonic() > crash_at:
                    storm.crash_database()
                    crash_at = time.monotonic() + 10
                    crashes += 1
            self.assertGreaterEqual(storm.count_tasks(), TASKS)
            print(f"{kills} kills of nodes, {len(storm.killed)} of workers, {crashes} of the "
                  f"database; {ended} nodes gave up", file=sys.stderr)
            ended = storm.revive()
            storm.settle(300)
            storm.stop()
            storm.check(self)


if __name__ == "__main__":
    unittest.main(verbosity=2)
