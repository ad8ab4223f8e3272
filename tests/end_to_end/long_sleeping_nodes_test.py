"""A node stands still until it is dead: others take over, and it comes back as another."""
import unittest

from storm_sleeps import sleep_until_dead


class LongSleepingNodesTest(unittest.TestCase):
    def test_others_take_over_the_claims_of_a_node_that_sleeps(self):
        sleep_until_dead(self, within_transaction=False)

    def test_others_take_over_from_a_node_that_sleeps_within_a_transaction(self):
        sleep_until_dead(self, within_transaction=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
