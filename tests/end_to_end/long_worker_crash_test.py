"""Workers are killed fifty times: each time another one takes over within three heartbeats and a
second."""
import unittest

from storm_cases import run_worker_kills

HEARTBEAT_MS = 1000


class LongWorkerCrashTest(unittest.TestCase):
    def test_others_take_over_in_time(self):
        times = run_worker_kills(self, kills=50, delay_s=(0.8, 2.0), settle_s=300,
                                 heartbeat_ms=HEARTBEAT_MS, lost_after_ms=3 * HEARTBEAT_MS)
        self.assertLessEqual(max(times), 3 * HEARTBEAT_MS + 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
