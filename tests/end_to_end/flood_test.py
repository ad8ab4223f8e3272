"""Four clients flood a store that stalls; long_flood_test.py does it for longer."""
import unittest

from flood_cases import FloodCase


class FloodTest(FloodCase):
    def test_five_seconds(self):
        self.flood(seconds=5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
