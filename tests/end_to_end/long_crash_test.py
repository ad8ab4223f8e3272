"""The daemon is killed fifty times, each time with 20 tasks open and 5 runs out."""
import unittest

from storm_cases import run_daemon_kills


class LongCrashTest(unittest.TestCase):
    def test_fifty_kills_lose_nothing(self):
        run_daemon_kills(self, kills=50, delay_s=(0.0, 1.5), settle_s=300)

    def test_kills_of_daemon_and_worker_at_once_with_lost_messages(self):
        run_daemon_kills(self, kills=25, delay_s=(0.0, 1.5), settle_s=300, workers_too=True,
                         capacity=16, lose_tells_percent=10, hand_off_ms=500)


if __name__ == "__main__":
    unittest.main(verbosity=2)
