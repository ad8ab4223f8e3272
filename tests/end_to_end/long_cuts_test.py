"""The same as cuts_test.py, at length."""
import unittest

from storm_cuts import PHASES, run_cuts

ROUNDS = 16


class LongCutsTest(unittest.TestCase):
    def test_hundreds_of_cuts_lose_nothing(self):
        cuts = ROUNDS * len(PHASES)
        self.assertGreaterEqual(cuts, 500)
        run_cuts(self, cuts, settle_s=300, pause_s=0.3, step_ms=(50, 150))


if __name__ == "__main__":
    unittest.main(verbosity=2)
