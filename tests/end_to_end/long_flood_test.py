"""Half a minute of what flood_test.py does, with stalls longer than a commit waits for its turn."""
import unittest

from flood_cases import FloodCase


class LongFloodTest(FloodCase):
    def test_half_a_minute(self):
        self.flood(seconds=30)

    def test_half_a_minute_of_stalls_that_commits_do_not_survive(self):
        self.flood(seconds=30, stall_s=7)


if __name__ == "__main__":
    unittest.main(verbosity=2)
