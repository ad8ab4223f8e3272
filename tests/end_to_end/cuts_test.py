"""Connections to PostgreSQL that are cut in every phase of a batch: nothing is lost or doubled."""
import unittest

from storm_cuts import PHASES, run_cuts


class CutsTest(unittest.TestCase):
    def test_a_cut_in_each_phase_loses_nothing(self):
        run_cuts(self, cuts=len(PHASES), settle_s=60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
