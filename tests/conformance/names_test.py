"""Rules 9.1 and 9.2: the names of metrics and permissions, as the documents have them."""

import pathlib
import re
import unittest

from scenario import Scenarios, for_each_store, rule

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


class PermissionScenarios(Scenarios):
    def setUp(self):
        super().setUp()
        self.answer = self.client.ok("PING", {"permissions": True}).body

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
