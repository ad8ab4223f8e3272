"""`task graph` and `template graph`: steps and what they depend on as text, Mermaid, DOT, JSON."""

import json
import unittest
import uuid

from harness import EndToEndTest, Failure, cli, eventually, fixture, template

DIAMOND = {"start": [], "left": ["start"], "right": ["start"], "end": ["left", "right"]}
TREE = ["start", "├─ left", "│  └─ end", "└─ right"]
UTF8 = {"LC_ALL": "C.UTF-8"}
MIXED = template("t", "approval", [
    {"name": "validate", "handler": {"callable": "v"}},
    {"name": "route", "type": "decision", "handler": {"callable": "r"},
     "dependencies": ["validate"]},
    {"name": "by_hand", "handler": {"callable": "h"}, "dependencies": ["route"]},
    {"name": "finish", "type": "deferred_convergence", "handler": {"callable": "f"},
     "dependencies": ["by_hand"]},
])


class TemplateTest(EndToEndTest):
    def graph(self, what, *options, env=UTF8):
        done = cli("ipc:///no/such/server", "--timeout", "0.3", "template", "graph", what, *options,
                   env=env)
        self.assertEqual((done.code, done.stderr), (0, ""), done)
        return done.stdout

    def setUp(self):
        self.daemon = self.start_daemon()
        self.diamond = self.daemon.folder / "diamond.yaml"
        self.diamond.write_text(template("t", "diamond", DIAMOND))
        self.mixed = self.daemon.folder / "mixed.json"
        self.mixed.write_text(MIXED)

    def test_a_file_needs_no_server(self):
        lines = self.graph(self.diamond).splitlines()
        self.assertEqual(lines[:2], ["t/diamond@1.0.0", ""])
        self.assertEqual([line.split("  also")[0].rstrip() for line in lines[2:]], TREE)
        self.assertIn("also after right", lines[4])
        plain = self.graph(self.diamond, env={"LC_ALL": "C"})
        self.assertIn("|- left", plain)
        self.assertTrue(plain.isascii())

    def test_types_are_shapes(self):
        text = self.graph(self.mixed)
        self.assertIn("route (decision)", text)
        mermaid = self.graph(self.mixed, "--format", "mermaid")
        for line in ('n0["validate"]', 'n1{"route"}', 'n3(["finish"])', "n0 --> n1",
                     "n1 -.-> n2"):
            self.assertIn("    %s\n" % line, mermaid)
        dot = self.graph(self.mixed, "--format", "dot")
        self.assertTrue(dot.startswith("digraph task {") and dot.endswith("}\n"))
        self.assertIn('n1 [label="route", shape=diamond];', dot)
        self.assertIn("n1 -> n2 [style=dashed];", dot)

    def test_json(self):
        graph = json.loads(self.graph(self.diamond, "--json"))
        self.assertEqual(graph["title"], "t/diamond@1.0.0")
        self.assertEqual({node["name"]: node["dependencies"] for node in graph["nodes"]}, DIAMOND)
        self.assertEqual({(node["type"], node["state"]) for node in graph["nodes"]},
                         {("standard", None)})

    def test_a_registered_one(self):
        with self.daemon.client() as client:
            client.put_template(MIXED)
            client.put_template(fixture("diamond.yaml"))
        from_file = self.graph(self.mixed)
        for name in ("t/approval", "t/approval@1.0.0"):
            done = self.daemon.cli("template", "graph", name, env=UTF8)
            self.assertEqual((done.code, done.stdout), (0, from_file))
        self.assertEqual(self.daemon.cli("template", "graph", "t/none").code, 3)

    def test_mistakes(self):
        broken = self.daemon.folder / "broken.yaml"
        broken.write_text("name: [")
        done = self.daemon.cli("template", "graph", broken)
        self.assertEqual((done.code, done.stdout), (1, ""))
        self.assertIn("YAML_SYNTAX", done.stderr)
        for arguments in ([], ["no-slash"], [self.diamond, "--format", "png"]):
            self.assertEqual(self.daemon.cli("template", "graph", *arguments).code, 2, arguments)


class TaskTest(EndToEndTest):
    def test_states_are_shown(self):
        daemon = self.start_daemon()
        client = self.start_client(daemon)
        client.put_template(template("t", "diamond", DIAMOND))

        def left(run):
            raise Failure("left is\nbroken", retryable=False)

        self.start_worker(daemon, "t", {"left": left, "*": lambda run: 1})
        task = client.submit("t", "diamond")
        done = client.wait(task)
        self.assertEqual(done["status"], "blocked_by_failures")
        # What ran beside the failure goes on.
        done = eventually(lambda: self.quiet(client.get(task)), "right has ended")
        shown = daemon.cli("task", "graph", task, env=UTF8)
        self.assertEqual((shown.code, shown.stderr), (0, ""))
        lines = shown.stdout.splitlines()
        self.assertEqual(lines[0], f"t/diamond@1.0.0 {task} blocked_by_failures")
        self.assertRegex(lines[2], r"^start +complete +1/3 ")
        self.assertRegex(lines[3], r"^├─ left +error +1/3 .*left is broken$")
        self.assertRegex(lines[4], r"^│  └─ end +pending ")
        mermaid = daemon.cli("task", "graph", task, "--format", "mermaid").stdout
        self.assertIn('n1["left<br/>error"]', mermaid)
        self.assertIn("n2 --> n3", mermaid)
        dot = daemon.cli("task", "graph", task, "--format", "dot").stdout
        self.assertIn('n0 [label="start\\ncomplete", shape=box, style=filled', dot)
        graph = json.loads(daemon.cli("task", "graph", task, "--json").stdout)
        states = {step["name"]: step["current_state"] for step in done["steps"]}
        self.assertEqual({node["name"]: node["state"] for node in graph["nodes"]}, states)
        self.assertEqual({step["type"] for step in done["steps"]}, {"standard"})

    def quiet(self, task):
        return task if task["completed_steps"] == 2 else None

    def test_what_is_not_there(self):
        daemon = self.start_daemon()
        self.assertEqual(daemon.cli("task", "graph", uuid.uuid4()).code, 3)


if __name__ == "__main__":
    unittest.main()
