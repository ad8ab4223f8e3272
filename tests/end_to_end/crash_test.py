"""The daemon is killed under load, a few times: nothing is lost and nothing is done twice."""
import unittest

from storm_cases import run_daemon_kills


class CrashTest(unittest.TestCase):
    def test_eight_kills_lose_nothing(self):
        run_daemon_kills(self, kills=8, delay_s=(0.0, 0.8), settle_s=120)


if __name__ == "__main__":
    unittest.main(verbosity=2)
