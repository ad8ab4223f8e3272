"""Section 1: what a template may say, what is refused, and which one a task begins with."""

import json
import unittest

from scenario import DONE, Scenarios, fails, for_each_store, names_of, rule, step

load_tests = for_each_store


class FormatScenarios(Scenarios):
    @rule("1.1")
    def test_yaml_and_json_say_the_same(self):
        yaml = """
name: %s
namespace_name: %s
version: 1.0.0
steps:
  - name: greet
    handler: {callable: greet, initialization: {word: hello, times: 2}}
  - name: leave
    handler: {callable: leave}
    depends_on: [greet]
"""
        self.client.put_template(yaml % ("in_yaml", self.namespace))
        self.given(step("greet", initialization={"word": "hello", "times": 2}), step("leave", "greet"),
                   name="in_json")
        seen = []
        self.workers({"greet": lambda run: seen.append(run.initialization)})
        for name in ("in_yaml", "in_json"):
            task = self.ends(self.submitted(name=name))
            self.assertEqual(task["steps"][1]["dependencies"], ["greet"])
        self.assertEqual(json.loads(seen[0]), json.loads(seen[1]))

    @rule("1.1")
    def test_an_unknown_field_is_a_warning_with_its_place(self):
        text = ("name: flow\nnamespace_name: %s\nversion: 1.0.0\nsteps:\n  - name: a\n"
                "    colour: blue\n    handler: {callable: a}\n" % self.namespace)
        body = self.client.put_template(text).body
        self.assertEqual([(each["severity"], each["code"], each["line"], each["column"])
                          for each in body["warnings"]], [("warning", "UNKNOWN_FIELD", 6, 5)])
        self.workers()
        self.ends(self.submitted())

    @rule("1.1")
    def test_every_field_of_the_model_is_known(self):
        body = self.given(
            step("a", description="d", type="standard", system_dependency="db", timeout_seconds=30,
                 result_schema={"type": "object"},
                 retry={"retryable": True, "max_attempts": 3, "backoff": "linear",
                        "backoff_base_ms": 100, "max_backoff_ms": 1000},
                 publishes_events=[{"name": "a.done", "description": "d", "condition": "success",
                                    "schema": {"type": "object"}, "delivery_mode": "durable"}]),
            description="d", metadata={"author": "me", "tags": ["x"]},
            system_dependencies={"primary": "default", "secondary": ["other"]},
            domain_events=[{"name": "a.done", "description": "d", "schema": {}}],
            input_schema={"type": "object"},
            lifecycle={"max_duration_minutes": 60, "max_waiting_for_dependencies_minutes": 60,
                       "max_waiting_for_retry_minutes": 30, "max_steps_in_process_minutes": 30,
                       "staleness_action": "dlq", "auto_fail_on_timeout": True,
                       "auto_dlq_on_timeout": True},
            environments={"test": {"steps": [{"name": "ALL", "timeout_seconds": 3}]}})
        self.assertEqual(body["warnings"], [])

    @rule("1.2")
    def test_events_that_can_not_be_published_are_refused(self):
        good = {"name": "a.done", "description": "d", "schema": {}}
        for fields, code in (({"name": "done"}, "BAD_EVENT_NAME"), ({"name": "a..b"}, "BAD_EVENT_NAME"),
                             ({"name": "A.done"}, "BAD_EVENT_NAME"), ({"name": None}, "MISSING_FIELD"),
                             ({"description": None}, "MISSING_FIELD"), ({"schema": None}, "MISSING_FIELD"),
                             ({"schema": {"type": "thing"}}, "BAD_SCHEMA"),
                             ({"condition": "often"}, "BAD_ENUM"), ({"delivery_mode": "slow"}, "BAD_ENUM"),
                             ({"publisher": "a:b"}, "BAD_PUBLISHER")):
            with self.subTest(**fields):
                event = {key: value for key, value in {**good, **fields}.items() if value is not None}
                self.assertEqual(self.codes_of(step("a", publishes_events=[event])), [code])
        body = self.given(step("a", publishes_events=[good, dict(good, condition="always")]))
        self.assertEqual([each["code"] for each in body["warnings"]], ["DUPLICATE_EVENT"])

    @rule("1.1")
    def test_bounds_hold_at_their_edges(self):
        for inside in ({"max_attempts": 0}, {"max_attempts": 100}, {"backoff_base_ms": 0},
                       {"backoff_base_ms": 3600000}, {"max_backoff_ms": 0},
                       {"max_backoff_ms": 3600000}):
            with self.subTest(**inside):
                self.given(step("a", retry=inside))
        for outside in ({"max_attempts": -1}, {"max_attempts": 101}, {"backoff_base_ms": -1},
                        {"backoff_base_ms": 3600001}, {"max_backoff_ms": 3600001}):
            with self.subTest(**outside):
                self.assertEqual(self.codes_of(step("a", retry=outside)), ["BAD_BOUNDS"])
        for wrong in ({"max_attempts": "3"}, {"max_attempts": 1.5}, {"retryable": "yes"}):
            with self.subTest(**wrong):
                self.assertEqual(self.codes_of(step("a", retry=wrong)), ["BAD_TYPE"])

    @rule("1.1")
    def test_a_name_has_up_to_255_characters_whatever_their_bytes(self):
        name = "\u00e9" * 255
        self.given(step(name, callable="a"), name=name)
        self.workers()
        self.assertEqual(names_of(self.ends(self.submitted(name=name))), [name])
        self.codes_of(step("a"), name=name + "x")
        self.codes_of(step(name + "x", callable="a"))

    def codes_of(self, *steps, name="refused", **fields):
        issues = self.refused(dict(fields, name=name, namespace_name=self.namespace, version="1.0.0",
                                   steps=list(steps)))
        return [issue["code"] for issue in issues if issue["severity"] == "error"]

    @rule("1.2")
    def test_what_can_not_work_is_refused_with_its_code(self):
        worker = {"batch_size": 10, "parallelism": 2, "cursor_field": "id", "worker_template": "none",
                  "failure_strategy": "fail_fast"}
        cases = {
            "DUPLICATE_STEP_NAME": [step("a"), step("a")],
            "SELF_DEPENDENCY": [step("a", "a")],
            "MISSING_DEP_REF": [step("a", "nobody")],
            "CYCLE_DETECTED": [step("a", "c"), step("b", "a"), step("c", "b")],
            "EMPTY_CALLABLE": [{"name": "a", "handler": {"callable": ""}}],
            "NO_STEPS": [],
            "DECISION_WITHOUT_DEPENDENCIES": [step("a", type="decision")],
            "CONVERGENCE_BEHIND_NOTHING": [step("a"), step("b", "a", type="deferred_convergence")],
            "WORKER_TEMPLATE_MISSING": [step("a", type="batchable")],
            "WORKER_TEMPLATE_TYPE": [
                step("a", type="batchable", initialization={"worker_template_name": "b"}),
                step("b", "a")],
        }
        for code, steps in cases.items():
            with self.subTest(code):
                self.assertIn(code, self.codes_of(*steps))
        self.assertIn("WORKER_TEMPLATE_MISSING",
                      self.codes_of(step("a", type="batchable"),
                                    step("b", "a", type="batch_worker", batch_config=worker)))
        self.assertIn("BAD_SCHEMA", self.codes_of(step("a"), input_schema="no schema"))
        self.refused_with(self.submitting(name="refused"), 404, "unknown_template")

    @rule("1.2")
    def test_a_refusal_names_the_cycle_and_every_place(self):
        text = """name: flow
namespace_name: %s
version: "1"
steps:
  - {name: a, handler: {callable: a}, dependencies: [c]}
  - {name: b, handler: {callable: b}, dependencies: [a, nobody]}
  - {name: c, handler: {callable: ""}, dependencies: [b]}
""" % self.namespace
        issues = {each["code"]: each for each in self.refused(text)}
        missing = issues["MISSING_DEP_REF"]
        column = 1 + text.splitlines()[5].index("nobody")
        self.assertEqual((missing["line"], missing["column"]), (6, column))
        self.assertEqual(issues["EMPTY_CALLABLE"]["line"], 7)
        self.assertEqual((missing["where"], issues["EMPTY_CALLABLE"]["where"]),
                         ("/steps/1/dependencies/1", "/steps/2/handler/callable"))
        alone = self.refused(text.replace(", nobody", "").replace('""', "c"))
        self.assertEqual([each["code"] for each in alone], ["CYCLE_DETECTED"])
        words = alone[0]["message"].split(": ", 1)[1].split(" -> ")
        self.assertEqual((words[0], len(words), sorted(set(words))), (words[-1], 4, ["a", "b", "c"]))

    @rule("1.4")
    def test_an_identity_strategy_is_one_of_three_words(self):
        for strategy in ("strict", "caller_provided", "always_unique"):
            self.given(step("a"), identity_strategy=strategy)
        self.assertEqual(self.codes_of(step("a"), identity_strategy="lenient"), ["BAD_ENUM"])

    @rule("1.4")
    def test_strict_is_the_default(self):
        self.given(step("a"))
        self.submitted({"n": 1})
        self.refused_with(self.submitting({"n": 1}), 409, "duplicate_task")


class VersionScenarios(Scenarios):
    @rule("1.7")
    def test_without_a_version_the_highest_one_is_taken(self):
        """In the order of semantic versioning, whatever order they came in."""
        order = ["0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2",
                 "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0", "2.0.0-rc.1", "2.0.0"]
        for number, version in enumerate(order):
            name = "upto%d" % number
            for earlier in reversed(order[:number + 1]):
                self.given(step("a"), name=name, version=earlier)
            self.assertEqual(self.task(self.submitted(name=name))["version"], version)

    @rule("1.7")
    def test_a_named_version_is_taken_as_it_is(self):
        for version in ("1.10.0", "1.9.0"):
            self.given(step("a"), name="two", version=version)
        self.assertEqual(self.task(self.submitted(name="two", version="1.9.0"))["version"], "1.9.0")
        self.refused_with(self.submitting(name="two", version="1.9"), 404, "unknown_template")


class KeptDefinitionScenarios(Scenarios):
    @rule("1.6")
    def test_a_task_keeps_the_definition_that_it_began_with(self):
        """The template changes while step a runs: the old task goes on as it began, a new one is new."""
        before = self.given(step("a"), step("b", "a", callable="old_b", initialization={"v": 1}))
        hands = self.by_hand()
        old = self.submitted({"task": "old"})
        run = hands.take("a")
        after = self.given(step("a"), step("b", "a", callable="new_b", initialization={"v": 2}),
                           step("c", "b"))
        self.assertNotEqual(before["hash"], after["hash"])
        self.assertEqual(hands.succeeds(run)["status"], 200)
        run = hands.take("b")
        self.assertEqual((run.callable, json.loads(run.initialization)), ("old_b", {"v": 1}))
        hands.succeeds(run)
        self.assertEqual(names_of(self.ends(old)), ["a", "b"])
        new = self.submitted({"task": "new"})
        hands.succeeds(hands.take("a"))
        run = hands.take("b")
        self.assertEqual((run.callable, json.loads(run.initialization)), ("new_b", {"v": 2}))
        self.assertEqual(names_of(self.task(new)), ["a", "b", "c"])

    @rule("1.6")
    def test_the_same_content_again_is_no_new_definition(self):
        first = self.client.put_template(json.dumps(self.source()))
        again = self.client.put_template(json.dumps(self.source()))
        other = self.client.put_template(json.dumps(self.source(description="changed")))
        self.assertEqual((first.status, again.status, other.status), (201, 200, 201))
        self.assertEqual(first.body["hash"], again.body["hash"])
        self.assertNotEqual(first.body["hash"], other.body["hash"])

    def source(self, **fields):
        return dict(fields, name="flow", namespace_name=self.namespace, version="1.0.0",
                    steps=[step("a")])

    @rule("1.5", "4.2")
    def test_the_retry_fields_of_the_template_have_effect(self):
        self.given(step("a", retry={"max_attempts": 2, "backoff": "none"}))
        self.workers({"a": [fails(), "at last"]})
        task = self.submitted()
        self.ends(task)
        self.assertEqual(self.history(task, "a").split()[-5:], DONE.split())
        self.assertEqual(self.result(task, "a"), "at last")


if __name__ == "__main__":
    unittest.main()
