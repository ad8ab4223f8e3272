"""Section 2 without identities: what a task request may say, and what comes of it."""

import json
import time
import unittest

from scenario import Scenarios, eventually, for_each_store, rule, step, steps_by_name

load_tests = for_each_store
MIB = 1024 * 1024


class DoorScenarios(Scenarios):
    def setUp(self):
        super().setUp()
        self.given(step("a"), identity_strategy="always_unique")

    @rule("2.1")
    def test_namespace_and_name_are_enough(self):
        self.workers()
        done = self.ends(self.submitted())
        self.assertEqual((done["context"], done["priority"], done["version"]), (b"{}", 0, "1.0.0"))
        self.assertTrue(done["correlation_id"])

    @rule("2.1")
    def test_everything_that_was_said_is_kept(self):
        said = {"priority": -7, "initiator": "\u00fc" * 255, "source_system": "shop", "reason": "r" * 500,
                "tags": ["x", {"y": 1}], "options": {"o": [1]}, "correlation_id": "c-1",
                "parent_correlation_id": "p-1", "idempotency_key": "k" * 255}
        task = self.task(self.submitted({"n": 1}, **said))
        self.assertEqual({name: task[name] for name in said}, said)

    @rule("2.1")
    def test_each_field_has_bounds_and_a_pointer(self):
        cases = [("namespace", "", "too_short"), ("namespace", "x" * 256, "too_long"),
                 ("namespace", None, "missing_field"), ("namespace", 5, "wrong_type"),
                 ("name", "", "too_short"), ("name", "\u00e9" * 256, "too_long"),
                 ("version", "", "too_short"), ("initiator", "x" * 256, "too_long"),
                 ("source_system", "x" * 256, "too_long"), ("reason", "x" * 501, "too_long"),
                 ("correlation_id", "x" * 256, "too_long"),
                 ("parent_correlation_id", "x" * 256, "too_long"),
                 ("idempotency_key", "x" * 256, "too_long"), ("idempotency_key", "", "too_short"),
                 ("priority", 101, "out_of_range"), ("priority", -101, "out_of_range"),
                 ("priority", 1.5, "wrong_type"), ("priority", "1", "wrong_type"),
                 ("tags", "x", "wrong_type"), ("options", 1, "wrong_type"),
                 ("on_duplicate", "maybe", "unknown_value"), ("delay_ms", -1, "out_of_range"),
                 ("run_at", -1, "out_of_range"), ("initiator", "a\0b", "zero_byte")]
        for field, value, code in cases:
            with self.subTest(field=field, value=repr(value)[:20]):
                body = {"namespace": self.namespace, "name": "flow", field: value}
                self.refused_with(self.client.request("TASK.SUBMIT", body), 400, code, "/" + field)
        both = self.submitting(run_at=1, delay_ms=1)
        self.refused_with(both, 400, "contradiction")
        self.assertEqual(self.tasks(), [])

    def tasks(self):
        return self.client.ok("TASK.LIST", {"namespace": self.namespace}).body["tasks"]

    @rule("2.1")
    def test_priorities_reach_from_minus_100_to_100(self):
        for priority in (-100, 0, 100):
            self.assertEqual(self.task(self.submitted(priority=priority))["priority"], priority)

    def nested(self, depth):
        return b'{"a":' * depth + b"1" + b"}" * depth

    @rule("2.1")
    def test_a_context_is_limited_just_where_the_rule_says(self):
        def sized(size):
            text = '{"a":[' + '"%s",' % ("x" * 9997) * (size // 10000) + '"'
            return (text + "x" * (size - len(text) - 3) + '"]}').encode()
        self.assertEqual((len(sized(MIB)), json.loads(sized(MIB)).keys()), (MIB, {"a"}))
        keys = {str(n): n for n in range(1001)}
        cases = [("bytes", sized(MIB), sized(MIB + 1), 413, "too_large"),
                 ("depth", self.nested(9), self.nested(10), 400, "too_deep"),  # the 1 is a level too
                 ("keys", {k: v for k, v in keys.items() if v < 1000}, keys, 400, "too_many_members"),
                 ("items", {"a": [0] * 1000}, {"a": [0] * 1001}, 400, "too_many_members"),
                 ("text", {"a": "\u00e9" * 10000}, {"a": "\u00e9" * 10001}, 400, "string_too_long")]
        for what, at_the_limit, above, status, code in cases:
            with self.subTest(what):
                self.submitted(at_the_limit)
                error = self.refused_with(self.submitting(above), status, code)
                self.assertTrue(error["where"].startswith("/context"), error)

    @rule("2.1")
    def test_a_context_is_an_object(self):
        for context, code in ((b"[]", "not_an_object"), (b"1", "not_an_object"), (b"{", "invalid_json"),
                              (b"", "invalid_json"), (b'{"a":1,"a":2}', "duplicate_key"),
                              (b'{"a":01}', "invalid_json"), (b'{"a":"\xff"}', "invalid_json")):
            with self.subTest(context=context):
                error = self.refused_with(self.submitting(context), 400, code)
                self.assertTrue(error["where"].startswith("/context"), error)
        self.assertEqual(self.tasks(), [])

    @rule("2.1")
    def test_a_context_is_kept_byte_for_byte(self):
        context = (b'{ "b": 1.10, "a" : 123456789012345678901234567890, "\\u00e9": "\xc3\xa9\\/",\n'
                   b'"script":"<script>", "once": 1}')
        hands = self.by_hand()
        task = self.submitted(context)
        self.assertEqual(hands.take().context, context)
        self.assertEqual(self.task(task)["context"], context)

    @rule("2.5")
    def test_an_unknown_template_is_404(self):
        self.refused_with(self.submitting(name="other"), 404, "unknown_template")
        self.refused_with(self.submitting(version="2.0.0"), 404, "unknown_template")

    @rule("2.5", "8.1")
    def test_without_a_worker_a_task_waits_and_says_so(self):
        task = self.submitted()
        self.assertEqual(self.step(task, "a")["waiting_reason"], "no worker offers %s/a" % self.namespace)
        self.assertIn("no worker offers", self.task(task)["waiting_reason"])
        self.workers()
        self.assertIsNone(self.ends(task).get("waiting_reason"))


class AnswerScenarios(Scenarios):
    @rule("2.6")
    def test_201_says_what_was_created(self):
        self.given(step("a"), step("b", "a"), step("c", "a"))
        body = self.submitting().body
        task = self.task(body["task_uuid"])
        self.assertEqual((body["step_count"], body["created_at"]), (3, task["created_at"]))
        self.assertEqual(len(task["steps"]), 3)

    @rule("2.6")
    def test_an_array_gets_an_answer_for_each(self):
        self.given(step("a"))
        request = {"namespace": self.namespace, "name": "flow"}
        tasks = [dict(request, context={"frame": 0}), dict(request, context={"frame": 1}),
                 dict(request, context={"frame": 0}), dict(request, name="none"),
                 dict(request, priority=500), dict(request, context={"frame": 9})]
        reply = self.client.ok("TASK.SUBMIT", {"tasks": tasks}, [{"n": 1}, {"n": 2}])
        answers = reply.body["tasks"]
        self.assertEqual([(each["status"], each.get("error", {}).get("code")) for each in answers],
                         [(201, None), (201, None), (409, "duplicate_task"), (404, "unknown_template"),
                          (400, "out_of_range"), (400, "frame_out_of_range")])
        self.assertEqual(answers[2]["error"]["details"]["task_uuid"], answers[0]["task_uuid"])
        self.assertEqual(answers[4]["error"]["where"], "/tasks/4/priority")
        first = self.task(answers[0]["task_uuid"])
        self.assertEqual((json.loads(first["context"]), answers[0]["step_count"]), ({"n": 1}, 1))

    @rule("2.6")
    def test_an_array_has_at_most_1000(self):
        self.given(step("a"), identity_strategy="always_unique")
        request = {"namespace": self.namespace, "name": "flow"}
        self.refused_with(self.client.request("TASK.SUBMIT", {"tasks": [request] * 1001}), 400,
                          "too_many", "/tasks")
        answers = self.client.ok("TASK.SUBMIT", {"tasks": [request] * 1000}).body["tasks"]
        self.assertEqual({each["status"] for each in answers}, {201})
        self.assertEqual(len({each["task_uuid"] for each in answers}), 1000)


class TimeScenarios(Scenarios):
    @rule("2.7")
    def test_a_delay_postpones_the_first_steps(self):
        self.given(step("a"), step("b", "a"))
        self.workers()
        task = self.submitted(delay_ms=300)
        before = self.task(task)
        self.assertEqual(before["status"], "pending")
        self.assertIn("postponed", steps_by_name(before)["a"]["waiting_reason"])
        self.assertEqual(before["due_at"] - before["created_at"], 300)
        done = self.ends(task)
        self.assertGreaterEqual(steps_by_name(done)["a"]["started_at"], before["due_at"])

    @rule("2.7")
    def test_a_time_may_be_named_and_a_past_one_is_now(self):
        self.given(step("a"), identity_strategy="always_unique")
        self.workers()
        self.ends(self.submitted(run_at=1))
        run_at = int(time.time() * 1000) + 400
        task = self.submitted(run_at=run_at)
        self.assertEqual(self.task(task)["due_at"], run_at)
        self.assertGreaterEqual(self.ends(task)["steps"][0]["started_at"], run_at)

    @rule("2.7", "4.7")
    def test_a_higher_priority_goes_first(self):
        """One worker with one slot has one step to do, and one waiting for it, while three more come."""
        self.given(step("a"), identity_strategy="always_unique")
        hands = self.by_hand(capacity=1)
        self.submitted()
        busy = hands.take()
        self.submitted()
        tasks = {priority: self.submitted(priority=priority) for priority in (-100, 0, 100)}
        for task in tasks.values():
            self.assertEqual(self.step(task, "a")["current_state"], "enqueued")
        order = []
        for _ in range(4):
            hands.succeeds(busy)
            busy = hands.take()
            order.append(busy.priority)
        hands.succeeds(busy)
        order = order[1:]
        self.assertEqual(order, [100, 0, -100])
        eventually(lambda: self.task(tasks[-100])["ended"], "the last one ends")


if __name__ == "__main__":
    unittest.main()
