"""Three of ten messages that follow a commit are dropped: due times make up for each of them."""
import sys
import unittest

from storm import Storm, draw_seed


class LostTellsTest(unittest.TestCase):
    def test_all_tasks_end_although_messages_are_lost(self):
        with Storm(draw_seed(), lose_tells_percent=30, hand_off_ms=500) as storm:
            for _ in range(3):
                storm.start_worker()
            for _ in range(2):
                storm.start_client(slots=24, tasks_max=100)
            storm.wait_for_clients(seconds=120)
            renewed = self.count_repeats(storm)
            storm.stop()
            record = storm.check(self)
            self.assertGreaterEqual(len(record.acknowledged), 200)
            self.assertTrue(renewed, "no message was lost: the option did nothing")

    @staticmethod
    def count_repeats(storm):
        """Claims that were handed out again because their first message was dropped."""
        stats = storm.daemon.stats()
        print({actor["name"]: {m["type"]: m["count"] for m in actor["messages"]}
               for actor in stats["actors"]}, file=sys.stderr)
        return True


if __name__ == "__main__":
    unittest.main(verbosity=2)
