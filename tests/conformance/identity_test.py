"""Rules 2.3 and 2.4: when two requests are the same task, and what the second one hears."""

import threading
import unittest

from scenario import Scenarios, fails, for_each_store, rule, step

load_tests = for_each_store

DIGITS = "123456789012345678901234567890"
SAME = [
    ("order of keys", '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'),
    ("white space", '{"a":[1,2]}', ' { "a" :\n[ 1 , 2 ] } '),
    ("escapes", '{"a":"\u00e9\u20ac/"}', '{"a":"\\u00e9\\u20AC\\/"}'),
    ("escaped key", '{"\u00e9":1}', '{"\\u00E9":1}'),
    ("surrogate pair", '{"a":"\U0001f600"}', '{"a":"\\ud83d\\ude00"}'),
    ("control characters", '{"a":"\\n\\t"}', '{"a":"\\u000a\\u0009"}'),
    ("fractions", '{"n":1.5}', '{"n":1.50}'),
    ("exponents of doubles", '{"n":1.5e300}', '{"n":15E+299}'),
    ("small doubles", '{"n":0.000001}', '{"n":1e-6}'),
    ("minus zero", '{"n":0}', '{"n":-0}'),
    ("keys outside the first plane", '{"\uffff":1,"\U00010000":2}', '{"\U00010000":2,"\uffff":1}'),
]
# A double is an integer when it has an integer's value: RFC 8785 writes both without a fraction.
SAME_DOUBLE_AND_INTEGER = [
    ("1 and 1.0", '{"n":1}', '{"n":1.0}'),
    ("100 and 100.0", '{"n":100}', '{"n":100.0}'),
    ("100 and 1e2", '{"n":100}', '{"n":1e2}'),
    ("0 and 0.0", '{"n":0}', '{"n":0.0}'),
    ("0 and -0.0", '{"n":0}', '{"n":-0.0}'),
]
DIFFERENT = [
    ("a value", '{"a":1}', '{"a":2}'),
    ("order of items", '{"a":[1,2]}', '{"a":[2,1]}'),
    ("text and number", '{"a":1}', '{"a":"1"}'),
    ("null and absent", '{"a":null}', '{}'),
    ("false and null", '{"a":false}', '{"a":null}'),
    ("last of 30 digits", '{"n":%s}' % DIGITS, '{"n":%s1}' % DIGITS[:-1]),
    ("integers that are one double", '{"n":9007199254740992}', '{"n":9007199254740993}'),
    ("neighbouring doubles", '{"n":0.1}', '{"n":0.10000000000000002}'),
    ("case", '{"a":"x"}', '{"a":"X"}'),
    ("case of keys", '{"a":1}', '{"A":1}'),
    ("composed and decomposed", '{"a":"\u00e9"}', '{"a":"e\u0301"}'),
    ("nesting", '{"a":{"b":1}}', '{"a":[{"b":1}]}'),
]


class StrictScenarios(Scenarios):
    def is_duplicate(self, first, second):
        """In a template of its own."""
        name = "t%d" % len(self.client.ok("TEMPLATE.LIST", {"namespace": self.namespace}).body["templates"])
        self.given(step("a"), name=name)
        task = self.submitted(first.encode(), name=name)
        reply = self.submitting(second.encode(), name=name)
        if reply.status == 201:
            return False
        error = self.refused_with(reply, 409, "duplicate_task")
        self.assertEqual(error["details"]["task_uuid"], task)
        return True

    @rule("2.3")
    def test_the_same_context_in_other_words_is_the_same_task(self):
        for what, first, second in SAME:
            with self.subTest(what):
                self.assertTrue(self.is_duplicate(first, second))

    @rule("2.3")
    def test_another_context_is_another_task(self):
        for what, first, second in DIFFERENT:
            with self.subTest(what):
                self.assertFalse(self.is_duplicate(first, second))

    @rule("2.3")
    def test_a_double_with_an_integers_value_is_that_integer(self):
        for what, first, second in SAME_DOUBLE_AND_INTEGER:
            with self.subTest(what):
                self.assertTrue(self.is_duplicate(first, second))

    @rule("2.3")
    def test_no_context_is_an_empty_one(self):
        self.given(step("a"))
        self.submitted()
        self.refused_with(self.submitting({}), 409, "duplicate_task")

    @rule("2.3")
    def test_namespace_name_and_version_belong_to_the_identity(self):
        for name in ("one", "two"):
            self.given(step("a"), name=name)
        self.given(step("a"), name="one", version="1.1.0")
        first = self.namespace
        tasks = {self.submitted(name="one"), self.submitted(name="two"),
                 self.submitted(name="one", version="1.0.0")}
        self.namespace = first + "_other"
        self.given(step("a"), name="one")
        tasks.add(self.submitted(name="one"))
        self.assertEqual(len(tasks), 4)

    @rule("2.3")
    def test_what_is_no_part_of_the_context_does_not_count(self):
        self.given(step("a"))
        self.submitted({"n": 1}, priority=1, initiator="me", tags=["x"])
        self.refused_with(self.submitting({"n": 1}, priority=2, initiator="you", tags=["y"],
                                          correlation_id="c", delay_ms=5), 409, "duplicate_task")


class KeyScenarios(Scenarios):
    @rule("2.3")
    def test_a_key_wins_under_any_strategy(self):
        for strategy in ("strict", "caller_provided", "always_unique"):
            with self.subTest(strategy):
                self.given(step("a"), name=strategy, identity_strategy=strategy)
                task = self.submitted({"n": 1}, name=strategy, idempotency_key="k")
                error = self.refused_with(
                    self.submitting({"n": 2}, name=strategy, idempotency_key="k"), 409, "duplicate_task")
                self.assertEqual(error["details"]["task_uuid"], task)
                self.submitted({"n": 1}, name=strategy, idempotency_key="K")

    @rule("2.3")
    def test_a_key_and_a_context_never_meet(self):
        self.given(step("a"))
        self.submitted({})
        self.submitted({}, idempotency_key="{}")

    @rule("2.3")
    def test_caller_provided_needs_a_key(self):
        self.given(step("a"), identity_strategy="caller_provided")
        self.refused_with(self.submitting({}), 400, "idempotency_key_required", "/idempotency_key")

    @rule("2.3")
    def test_always_unique_never_collides(self):
        self.given(step("a"), identity_strategy="always_unique")
        self.assertEqual(len({self.submitted({"n": 1}) for _ in range(20)}), 20)


class DuplicateScenarios(Scenarios):
    def setUp(self):
        super().setUp()
        self.given(step("a", retry={"max_attempts": 1}))

    @rule("2.4")
    def test_return_gives_the_existing_task(self):
        task = self.submitted({"n": 1})
        reply = self.submitting({"n": 1}, on_duplicate="return")
        self.assertEqual((reply.status, reply.body["task_uuid"]), (200, task))
        self.refused_with(self.submitting({"n": 1}, on_duplicate="reject"), 409, "duplicate_task")

    @rule("2.4")
    def test_return_creates_what_does_not_exist(self):
        self.assertEqual(self.submitting({"n": 1}, on_duplicate="return").status, 201)

    @rule("2.4")
    def test_allow_if_ended_waits_for_the_end(self):
        task = self.submitted({"n": 1})
        again = {"context": {"n": 1}, "on_duplicate": "allow_if_ended"}
        error = self.refused_with(self.submitting(**again), 409, "duplicate_task")
        self.assertEqual(error["details"]["task_uuid"], task)
        self.workers()
        self.ends(task)
        second = self.submitted(**again)
        self.assertNotEqual(second, task)
        self.ends(second)
        error = self.refused_with(self.submitting({"n": 1}), 409, "duplicate_task")
        self.assertEqual(error["details"]["task_uuid"], second)  # the newest one holds the identity
        self.submitted(**again)

    @rule("2.4")
    def test_a_complete_task_keeps_its_identity(self):
        self.workers()
        self.ends(self.submitted({"n": 1}))
        self.refused_with(self.submitting({"n": 1}), 409, "duplicate_task")

    @rule("2.4")
    def test_a_blocked_task_keeps_its_identity_also_for_allow_if_ended(self):
        self.workers({"a": fails(retryable=False)})
        self.blocks(self.submitted({"n": 1}))
        for word in ("reject", "allow_if_ended"):
            self.refused_with(self.submitting({"n": 1}, on_duplicate=word), 409, "duplicate_task")

    @rule("2.4")
    def test_a_cancelled_task_frees_its_identity(self):
        for fields in ({}, {"idempotency_key": "k"}):
            task = self.submitted({"n": 1}, **fields)
            self.refused_with(self.submitting({"n": 1}, **fields), 409, "duplicate_task")
            self.assertEqual(self.cancelling(task).status, 200)
            second = self.submitted({"n": 1}, **fields)
            error = self.refused_with(self.submitting({"n": 1}, **fields), 409, "duplicate_task")
            self.assertEqual(error["details"]["task_uuid"], second)

    @rule("2.4")
    def test_of_many_equal_requests_at_once_one_is_created(self):
        replies = []
        def submit():
            with self.server.client() as client:
                replies.append(client.try_submit(self.namespace, "flow", {"n": 7}))
        threads = [threading.Thread(target=submit) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        created = [reply.body["task_uuid"] for reply in replies if reply.status == 201]
        self.assertEqual(len(created), 1)
        others = [self.refused_with(reply, 409, "duplicate_task") for reply in replies
                  if reply.status != 201]
        self.assertEqual([error["details"]["task_uuid"] for error in others], created * 15)


if __name__ == "__main__":
    unittest.main()
