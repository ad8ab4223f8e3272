"""Requests that cross each other on their way to one daemon, a thousand times each: one of the legal
answers, and each of them at least once."""

import random
import unittest

from harness import EndToEndTest, eventually, one_step

ROUNDS = 1000
WINDOW = 50  # requests under way at once


class RacesTest(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.daemon = self.start_daemon()
        self.clients = [self.start_client(self.daemon), self.start_client(self.daemon)]
        self.clients[0].put_template(one_step("races", "one"))

    def submit_window(self, client, first):
        """The numbers of the requests, which are not awaited."""
        return [client.send("TASK.SUBMIT", {"namespace": "races", "name": "one",
                                            "context": {"frame": 0}}, [{"n": n}])
                for n in range(first, first + WINDOW)]

    def test_of_two_equal_submissions_one_is_refused(self):
        won = [0, 0]
        for window, first in enumerate(range(0, ROUNDS, WINDOW)):
            order = (0, 1) if window % 2 else (1, 0)
            sent = {i: self.submit_window(self.clients[i], first) for i in order}
            for pair in zip(sent[0], sent[1]):
                replies = [self.clients[i].receive(pair[i]) for i in (0, 1)]
                self.assertEqual(sorted(reply.status for reply in replies), [201, 409])
                winner = 0 if replies[0].status == 201 else 1
                error = replies[1 - winner].body["error"]
                self.assertEqual(error["code"], "duplicate_task")
                self.assertEqual(error["details"]["task_uuid"], replies[winner].body["task_uuid"])
                won[winner] += 1
        self.assertEqual(sum(won), ROUNDS)
        self.assertGreater(min(won), 0)

    def test_a_task_is_complete_or_cancelled(self):
        worker = self.start_worker(self.daemon, "races", {"*": lambda run: 1}, capacity=16)
        chance = random.Random(7)
        complete = 0
        for first in range(0, ROUNDS, WINDOW):
            complete += self.cancel_window(self.clients[0], first, chance)
        self.assertGreater(complete, 0)
        self.assertLess(complete, ROUNDS)

        def accepted():
            return {each["step_uuid"] for each in list(worker.answers) if each["status"] == 200}
        eventually(lambda: len(accepted()) == complete, "each complete task has its result")
        self.assertLessEqual({each["status"] for each in worker.answers}, {200, 409})
        self.assertEqual(self.clients[0].ok("DOCTOR", {}).body["count"], 0)

    def cancel_window(self, client, first, chance):
        """Some are cancelled as soon as they exist, others a moment later, or when they are over."""
        cancelled = {}
        tasks = [client.receive(number).body["task_uuid"]
                 for number in self.submit_window(client, first)]
        chance.shuffle(tasks)
        for i, task in enumerate(tasks):
            if i % 10 == 0:
                client.wait(task)
            cancelled[task] = client.send("TASK.CANCEL", {"task_uuid": task})
        complete = 0
        for task, number in cancelled.items():
            reply = client.receive(number)
            status = client.get(task)["status"]
            if reply.status == 200:
                self.assertEqual(status, "cancelled")
            else:
                self.assertEqual((reply.status, reply.body["error"]["code"]), (409, "task_ended"))
                self.assertEqual(status, "complete")
                complete += 1
        return complete


if __name__ == "__main__":
    unittest.main()
