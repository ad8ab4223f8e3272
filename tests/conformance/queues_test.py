"""Rule 4.8 for namespaces and callables: running steps finish, nothing new starts."""

import unittest

from scenario import Scenarios, for_each_store, rule, step

load_tests = for_each_store


class QueueScenarios(Scenarios):
    def acting(self, command, **fields):
        return self.client.request("QUEUE." + command, dict(fields, namespace=self.namespace))

    def paused(self, **fields):
        reply = self.acting("PAUSE", **fields)
        self.assertEqual(reply.status, 200, reply.body)
        self.addCleanup(self.acting, "RESUME", callable=fields.get("callable"))
        return reply.body["changed"]

    def resumed(self, **fields):
        reply = self.acting("RESUME", **fields)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.body["changed"]

    def listed(self):
        rows = self.client.request("QUEUE.LIST", {}).body["paused"]
        return [(row["callable"], row["by"], row["reason"]) for row in rows
                if row["namespace"] == self.namespace]

    @rule("4.8")
    def test_a_namespace_that_is_paused_starts_nothing(self):
        """What runs finishes; what becomes ready is enqueued, says why it waits, and goes on later."""
        self.given(step("a"), step("b", "a"))
        hands = self.by_hand()
        first = self.submitted()
        run_a = hands.take("a")
        self.assertTrue(self.paused(by="ann", reason="a leak"))
        self.assertFalse(self.paused())
        self.assertEqual(self.listed(), [(None, "ann", "a leak")])
        self.assertEqual(hands.succeeds(run_a)["state"], "complete")
        second = self.submitted({"n": 2})
        self.assertTrue(hands.takes_nothing_more())
        self.assertEqual(self.states(first), {"a": "complete", "b": "enqueued"})
        self.assertEqual(self.states(second)["a"], "enqueued")
        waiting = self.client.get(second, ["steps"])["waiting_reason"]
        self.assertIn("is paused", waiting)
        self.assertTrue(self.resumed())
        self.assertFalse(self.resumed())
        self.assertEqual(self.listed(), [])
        for task in (first, second):
            hands.succeeds(hands.take("b" if task == first else "a"))
        hands.succeeds(hands.take("b"))
        self.ends(first)
        self.ends(second)

    @rule("4.8")
    def test_a_callable_that_is_paused_lets_the_others_go_on(self):
        self.given(step("a"), dict(step("b"), handler={"callable": "other"}))
        self.paused(callable="other")
        hands = self.by_hand()
        task = self.submitted()
        hands.succeeds(hands.take("a"))
        self.assertTrue(hands.takes_nothing_more())
        self.assertEqual(self.states(task), {"a": "complete", "b": "enqueued"})
        self.resumed(callable="other")
        hands.succeeds(hands.take("b"))
        self.ends(task)

    @rule("4.8")
    def test_what_waits_for_a_busy_worker_is_taken_back(self):
        """A claim that was not sent yet does not start either."""
        self.given(step("a"))
        hands = self.by_hand(capacity=1)
        first = self.submitted({"n": 1})
        run = hands.take("a")
        second = self.submitted({"n": 2})
        self.paused()
        hands.succeeds(run)
        self.ends(first)
        self.assertTrue(hands.takes_nothing_more())
        self.resumed()
        hands.succeeds(hands.take("a"))
        self.ends(second)

    @rule("4.8")
    def test_a_pause_outlives_a_restart(self):
        self.given(step("a"))
        if "memory" in self.store_url:
            self.skipTest("a store in memory ends with its server")
        self.paused()
        self.server.stop()
        self.server.start()
        task = self.submitted()
        hands = self.by_hand()
        self.assertTrue(hands.takes_nothing_more())
        self.resumed()
        hands.succeeds(hands.take("a"))
        self.ends(task)

    @rule("4.8")
    def test_a_pause_needs_a_namespace(self):
        self.refused_with(self.client.request("QUEUE.PAUSE", {}), 400, "missing_field", "/namespace")
        self.assertEqual(self.listed(), [])


if __name__ == "__main__":
    unittest.main()
