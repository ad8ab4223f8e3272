"""Three of ten messages that follow a commit are dropped: due times make up for each of them."""
import unittest

from storm import Storm, draw_seed

TASKS_OF_A_CLIENT = 60


class LostTellsTest(unittest.TestCase):
    def test_all_tasks_end_although_messages_are_lost(self):
        # A message that is lost loses the credit of its claims until the gateway's audit finds it,
        # so there is more capacity than the load needs.
        with Storm(draw_seed(), capacity=24, lose_tells_percent=30, hand_off_ms=500) as storm:
            for _ in range(3):
                storm.start_worker()
            for _ in range(2):
                storm.start_client(slots=16, tasks_max=TASKS_OF_A_CLIENT)
            storm.wait_for_clients(seconds=200)
            heard = self.settled_heard(storm.daemon.stats())
            storm.stop()
            record = storm.check(self)
            tasks = len(record.acknowledged)
            self.assertGreaterEqual(tasks, 2 * TASKS_OF_A_CLIENT)
            # Each task is told of once; what the gateway did not hear was dropped.
            self.assertLess(heard, tasks, "no message was lost: the option did nothing")
            self.assertGreater(heard, 0)

    @staticmethod
    def settled_heard(stats):
        counts = {message["type"]: message["count"] for actor in stats["actors"]
                  if actor["name"] == "gateway" for message in actor["messages"]}
        return counts.get("task_settled", 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
