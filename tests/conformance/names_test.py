"""Rules 9.1 and 9.2: the names of metrics and permissions, as the documents have them."""

import pathlib
import re
import unittest

from scenario import (Scenarios, create_steps, decides, eventually, fails, for_each_store, hint, no_branches, rule,
                      step)

load_tests = for_each_store
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
MODEL = set("""
    tasks:create tasks:read tasks:list tasks:cancel tasks:context_read steps:read steps:resolve dlq:read
    dlq:update dlq:stats templates:read templates:validate system:config_read system:handlers_read
    system:analytics_read worker:config_read worker:templates_read""".split())
OURS = set("tasks:resolve templates:write workers:connect events:subscribe".split())


def rows_of(file, heading):
    """The rows of the first table behind a heading, as lists of cells."""
    text = (DOCS / file).read_text("utf-8").split("\n## %s\n" % heading)[1].split("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def written_metrics():
    """Name -> (type, unit, labels, meaning), from all tables of METRICS.md."""
    found = {}
    for line in (DOCS / "METRICS.md").read_text("utf-8").splitlines():
        if line.startswith("| `taskmesh_"):
            name, kind, unit, labels, meaning = [cell.strip() for cell in line[1:-1].split("|")]
            found[name.strip("`")] = (kind, unit, {each for each in labels.split(", ") if each}, meaning)
    return found


class Metrics:
    """One answer of METRICS, and what has changed since an earlier one."""

    def __init__(self, client):
        self.families = {family["name"]: family for family in
                         client.ok("METRICS", {"format": "json"}).body["metrics"]}

    def of(self, name, field="value", **labels):
        """The sum over all samples that have these labels."""
        return sum(sample[field] for sample in self.families["taskmesh_" + name]["samples"]
                   if labels.items() <= sample["labels"].items())


class MetricScenarios(Scenarios):
    """Every scenario of a class shares its server, so all numbers are differences."""

    def setUp(self):
        super().setUp()
        self.before = Metrics(self.client)

    def come(self, expected):
        """Waits until the numbers are so: a task may be seen complete just before it is counted."""
        def now():
            return {name: self.since(name) for name in expected}
        try:
            eventually(lambda: now() == expected, "these numbers")
        except AssertionError:
            self.assertEqual(now(), expected)

    def since(self, name, field="value", **labels):
        return Metrics(self.client).of(name, field, **labels) - self.before.of(name, field, **labels)

    @rule("9.1")
    def test_a_chain_with_one_retry_counts_exactly(self):
        self.given(step("a"), step("b", "a", retry={"backoff_base_ms": 10}), step("c", "b"),
                   step("d", "c"))
        self.workers({"b": [fails(**hint(0)), "b"]})
        self.ends(self.submitted())
        self.come({
            "tasks_requests_total": 1, "tasks_completions_total": 1, "tasks_failures_total": 0,
            "tasks_active": 0, "steps_enqueued_total": 5, "steps_claimed_total": 5,
            "steps_executions_total": 5, "steps_successes_total": 4, "steps_failures_total": 1,
            "steps_retries_total": 1, "steps_results_processed_total": 5,
            "decision_points_outcomes_processed_total": 0,
        })
        self.assertEqual(self.since("steps_failures_total", to_state="waiting_for_retry"), 1)
        self.assertEqual(self.since("steps_results_processed_total", result_type="failure"), 1)
        self.assertEqual(self.since("tasks_requests_total", result="created"), 1)
        own = {"namespace": self.namespace}
        self.assertEqual(self.since("step_execution_duration_seconds", "count", **own), 5)
        self.assertEqual(self.since("task_completion_duration_seconds", "count", **own), 1)

    @rule("9.1", "3.4")
    def test_every_row_of_the_history_is_one_transition(self):
        self.given(step("a"), step("b", "a"), step("c", "a"))
        self.workers({"b": fails(retryable=False)})
        task = self.submitted()
        self.blocks(task)
        self.cancelling(task)
        now, rows = Metrics(self.client), self.events(task)
        for name, of_step in (("task", False), ("step", True)):
            moves = [(row["from"], row["to"]) for row in rows if ("step_uuid" in row) == of_step]
            for source, target in set(moves):
                labels = {"from_state": source, "to_state": target}
                family = name + "_state_transitions_total"
                self.assertEqual(now.of(family, **labels) - self.before.of(family, **labels),
                                 moves.count((source, target)), labels)
            self.assertEqual(now.of(family) - self.before.of(family), len(moves))
        self.assertEqual(self.since("tasks_failures_total", final_state="cancelled"), 1)

    @rule("9.1")
    def test_requests_by_what_became_of_them(self):
        self.given(step("a"))
        self.submitted(idempotency_key="k")
        self.submitting(idempotency_key="k")
        self.submitting(idempotency_key="k", on_duplicate="return")
        self.submitting(name="nothing")
        for result, count in (("created", 1), ("duplicate", 2), ("refused", 1)):
            self.assertEqual(self.since("tasks_requests_total", result=result), count, result)
        self.assertEqual(self.since("tasks_active"), 1)
        self.assertEqual(Metrics(self.client).of("queue_depth", namespace=self.namespace), 1)

    @rule("9.1")
    def test_decisions(self):
        self.given(step("a"), decides("d", "a"), step("x", "d"), step("y", "d"))
        self.workers({"d": lambda run: create_steps("x", "y") if len(run.context) < 8 else
                      no_branches() if len(run.context) < 10 else create_steps("d")})
        for number in (1, 222, 44444):
            self.client.wait(self.submitted({"n": number}), "settled")
        self.come({"decision_points_outcomes_processed_total": 2,
                   "decision_points_steps_created_total": 2,
                   "decision_points_validation_errors_total": 1})

    @rule("9.1")
    def test_what_workers_offer_and_hold(self):
        self.given(step("a"))
        hands = self.by_hand(capacity=3)
        task = self.submitted()
        run = hands.take("a")
        names = ("workers_connected", "workers_capacity", "workers_busy")

        def numbers():
            now = Metrics(self.client)
            return tuple(now.of(name) for name in names)
        eventually(lambda: numbers() == (1, 3, 1), "this worker alone, others have said BYE")
        hands.succeeds(run)
        self.ends(task)
        self.assertEqual(numbers(), (1, 3, 0))

    @rule("9.1")
    def test_the_document_lists_what_is_there(self):
        now = Metrics(self.client)
        written = written_metrics()
        self.assertEqual(sorted(written), sorted(now.families))
        for name, family in now.families.items():
            with self.subTest(metric=name):
                kind, unit, labels, meaning = written[name]
                self.assertEqual((family["type"], family["unit"], family["help"]), (kind, unit, meaning))
                for sample in family["samples"]:
                    self.assertEqual(set(sample["labels"]), labels)

    @rule("9.1")
    def test_the_text_says_the_same_with_the_unit(self):
        answer = self.client.ok("METRICS").body
        self.assertIn("text/plain; version=0.0.4", answer["content_type"])
        lines = answer["text"].splitlines()
        for name, (kind, unit, _, meaning) in written_metrics().items():
            self.assertIn("# HELP %s %s Unit: %s." % (name, meaning, unit), lines)
            self.assertIn("# TYPE %s %s" % (name, kind), lines)
            self.assertRegex(name, "_total$" if kind == "counter" else "(?<!_total)$")
            if unit == "seconds":
                self.assertIn("_seconds", name)
        for line in lines:
            self.assertRegex(line, r'^# |^taskmesh_[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+$')
            self.assertNotRegex(line, "[0-9a-f]{8}-[0-9a-f]{4}-")

    @rule("9.1")
    def test_another_format_is_refused(self):
        self.refused_with(self.client.request("METRICS", {"format": "xml"}), 400, "unknown_value",
                          "/format")


class PermissionScenarios(Scenarios):
    def setUp(self):
        super().setUp()
        self.answer = self.client.ok("PING", {"permissions": True}).body

    @rule("9.2")
    def test_the_options_of_a_node_can_be_read(self):
        options = self.client.ok("CONFIG", {}).body["options"]
        self.assertEqual((options["retry_jitter"], options["heartbeat_ms"]), (False, 1000))
        self.assertEqual(options["store"], self.server.store)

    @rule("9.2")
    def test_the_names_are_the_models_and_ours(self):
        names = self.answer["permissions"]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual(MODEL | OURS, set(names))
        for name in names:
            self.assertRegex(name, r"^[a-z]+:[a-z_]+$")

    @rule("9.2")
    def test_each_command_needs_one_and_without_keys_everybody_has_it(self):
        self.assertGreater(len(self.answer["commands"]), 20)
        for row in self.answer["commands"]:
            with self.subTest(command=row["command"]):
                self.assertIs(row["allowed"], True)
                if row["command"] not in ("PING", "HEALTH"):
                    self.assertIn(row["permission"], self.answer["permissions"])

    @rule("9.2")
    def test_the_table_of_the_protocol_is_true(self):
        table = {}
        for names, commands in rows_of("PROTOCOL.md", "Permissions"):
            for name in re.findall(r"[a-z]+:[a-z_]+|none", names):
                table[name] = re.findall(r"[A-Z]+\.[A-Z]+|[A-Z]{4,}", commands)
        self.assertEqual(set(table) - {"none"}, set(self.answer["permissions"]))
        for row in self.answer["commands"]:
            with self.subTest(command=row["command"]):
                self.assertIn(row["command"], table[row["permission"] or "none"])

    @rule("9.2")
    def test_they_are_told_only_to_who_asks(self):
        self.assertNotIn("permissions", self.client.ok("PING").body)
        self.refused_with(self.client.request("PING", {"permissions": "yes"}), 400, "wrong_type",
                          "/permissions")


if __name__ == "__main__":
    unittest.main()
