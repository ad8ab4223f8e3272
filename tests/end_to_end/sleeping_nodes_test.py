"""A node stands still for two beats: nobody takes over, and it goes on as itself."""
import unittest

from storm_sleeps import take_a_nap


class SleepingNodesTest(unittest.TestCase):
    def test_a_nap_with_claims_is_missed_by_nobody(self):
        take_a_nap(self, within_transaction=False)

    def test_a_nap_within_a_transaction_is_missed_by_nobody(self):
        take_a_nap(self, within_transaction=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
