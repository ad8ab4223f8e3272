"""Workers are killed under load, a few times: others take over, nothing is lost or done twice."""
import unittest

from storm_cases import run_worker_kills


class WorkerCrashTest(unittest.TestCase):
    def test_what_killed_workers_held_goes_to_others(self):
        run_worker_kills(self, kills=6, delay_s=(0.5, 1.5), settle_s=120, heartbeat_ms=500,
                         lost_after_ms=1500)


if __name__ == "__main__":
    unittest.main(verbosity=2)
