"""The command line from outside: exit codes, --json documents, tables."""

import json
import threading
import unittest
import uuid

from harness import EndToEndTest, Failure, cli, eventually, fixture, one_step, template

FAILED, USAGE, NOT_FOUND, CONFLICT, UNAVAILABLE, NOT_COMPLETE = 1, 2, 3, 4, 5, 6


class ExitCodesTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)
        self.client.put_template([one_step("t", "good", callable="good"),
                                  one_step("t", "bad", callable="bad")])

    def fail(self, run):
        raise Failure("broken", retryable=False)

    def code(self, *arguments, says=None, **options):
        done = self.daemon.cli(*arguments, **options)
        if says:
            self.assertIn(says, done.stderr)
            self.assertEqual(done.stdout, "", arguments)
        return done.code

    def test_ok(self):
        self.start_worker(self.daemon, "t", {"*": lambda run: 1})
        for arguments in (["health"], ["stats"], ["metrics"], ["permissions"], ["worker", "list"],
                          ["task", "list"], ["template", "list"], ["template", "show", "t/good"],
                          ["submit", "t/good", "--wait"], ["--help"], ["submit", "--help"]):
            done = self.daemon.cli(*arguments)
            self.assertEqual((done.code, done.stderr), (0, ""), arguments)
            self.assertNotEqual(done.stdout, "")

    def test_failed(self):
        self.assertEqual(self.code("submit", "t/good", "--context", "[]", says="object"), FAILED)
        self.assertEqual(self.code("submit", "t/good", "--context", "{", says="context"), FAILED)
        self.assertEqual(self.code("submit", "t/good", "--context", "@/no/such/file",
                                   says="/no/such/file"), FAILED)
        broken = self.daemon.folder / "broken.yaml"
        broken.write_text("name: [")
        self.assertEqual(self.code("template", "validate", broken), FAILED)
        self.assertEqual(self.code("template", "put", broken, says="broken.yaml"), FAILED)

    def test_every_violation_of_the_schema_is_told(self):
        schema = {"type": "object", "required": ["city"], "properties": {
            "n": {"type": "integer", "minimum": 1}, "name": {"type": "string"}}}
        self.client.put_template(template("t", "strict", {"work": []}, input_schema=schema))
        submit = ("submit", "t/strict", "--context", '{"n": 0, "name": 7}')
        refused = self.daemon.cli(*submit)
        self.assertEqual((refused.code, refused.stdout), (FAILED, ""))
        error, *violations = refused.stderr.splitlines()
        self.assertIn("input_schema_violation", error)
        documented = self.daemon.cli("--json", *submit)
        self.assertEqual((documented.code, documented.stdout), (FAILED, ""))
        message, document = documented.stderr.splitlines()
        self.assertEqual(message, error)
        document = json.loads(document)["error"]
        self.assertEqual(document["code"], "input_schema_violation")
        self.assertEqual({each["pointer"] for each in document["details"]["violations"]},
                         {"/city", "/n", "/name"})
        self.assertEqual(violations, [f"  /context{each['pointer']}: {each['message']}"
                                      for each in document["details"]["violations"]])

    def test_usage(self):
        for arguments in ([], ["nonsense"], ["task"], ["task", "nonsense"], ["submit"],
                          ["submit", "no-slash"], ["submit", "t/good", "--no-such-option"],
                          ["submit", "t/good", "--priority", "high"],
                          ["submit", "t/good", "--priority", "101"], ["submit", "t/good", "more"],
                          ["task", "get"], ["task", "list", "--limit", "501"],
                          ["worker", "run", "--exec", "true"],
                          ["worker", "run", "--namespace", "t"],
                          ["worker", "run", "--namespace", "t", "--capacity", "0", "--exec", "x"]):
            done = self.daemon.cli(*arguments)
            self.assertEqual((done.code, done.stdout), (USAGE, ""), arguments)
            self.assertNotEqual(done.stderr, "", arguments)

    def test_a_group_says_which_commands_it_has(self):
        has = "dlq has: list get add update stats\n"
        self.assertEqual(self.code("dlq", says=has), USAGE)
        self.assertEqual(self.code("dlq", "remove", says=f'"dlq remove"; {has}'), USAGE)
        self.assertEqual(self.code("nonsense", "list", says='"nonsense"'), USAGE)
        helped = self.daemon.cli("dlq", "--help")
        self.assertEqual((helped.code, helped.stderr), (0, ""))
        self.assertEqual(helped.stdout.count("\n  dlq "), 5)
        self.assertNotIn("task list", helped.stdout)

    def test_version(self):
        for arguments in (["--version"], ["--json", "--version"]):
            done = self.daemon.cli(*arguments)
            self.assertEqual((done.code, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"^taskmesh \d+\.\d+\.\d+\n$")

    def test_not_found(self):
        missing = str(uuid.uuid4())
        for arguments in (["submit", "t/missing"], ["submit", "t/good@9.9.9"],
                          ["task", "get", missing], ["task", "steps", missing],
                          ["task", "wait", missing], ["task", "cancel", missing],
                          ["template", "show", "t/missing"]):
            self.assertEqual(self.code(*arguments, says="unknown_"), NOT_FOUND, arguments)

    def test_conflict(self):
        first = self.daemon.cli("submit", "t/good", "--context", '{"n":1}').stdout.strip()
        self.assertEqual(self.code("submit", "t/good", "--context", '{ "n": 1 }',
                                   says="duplicate_task"), CONFLICT)
        done = self.daemon.cli("submit", "t/good", "--context", '{"n":1}', "--on-duplicate",
                               "return")
        self.assertEqual((done.code, done.stdout.strip()), (0, first))
        self.assertEqual(self.code("task", "cancel", first, "--reason", "test", "--by", "me"), 0)
        self.assertEqual(self.code("task", "cancel", first, says="task_ended"), CONFLICT)

    def test_unavailable(self):
        nobody = f"ipc://{self.daemon.folder}/nobody.sock"
        for arguments in (["health"], ["submit", "t/good"], ["task", "list"]):
            done = cli(nobody, "--timeout", "0.3", *arguments)
            self.assertEqual((done.code, done.stdout), (UNAVAILABLE, ""), arguments)
            self.assertNotEqual(done.stderr, "")

    def test_not_complete(self):
        self.start_worker(self.daemon, "t", {"bad": self.fail}, callables=["bad"])
        blocked = self.daemon.cli("submit", "t/bad", "--wait", "--json")
        self.assertEqual(blocked.code, NOT_COMPLETE)
        document = json.loads(blocked.stdout)
        self.assertEqual(document["status"], "blocked_by_failures")
        self.assertEqual(document["steps"][0]["current_state"], "error")
        self.assertEqual(document["steps"][0]["error"]["message"], "broken")
        self.assertEqual(self.code("task", "wait", document["task_uuid"]), NOT_COMPLETE)
        in_time = self.daemon.cli("submit", "t/good", "--wait=0.2", "--json")
        self.assertEqual(in_time.code, NOT_COMPLETE)
        task = json.loads(in_time.stdout)["task_uuid"]
        self.assertEqual(self.code("task", "wait", task, "--timeout", "0.2"), NOT_COMPLETE)
        self.assertEqual(self.code("task", "cancel", task), 0)
        self.assertEqual(self.code("task", "wait", task), NOT_COMPLETE)

    def test_wait_ends_with_the_task(self):
        gate = self.gate()
        self.start_worker(self.daemon, "t", {"*": lambda run: gate.wait(20)})
        task = self.client.submit("t", "good")
        codes = []
        thread = threading.Thread(target=lambda: codes.append(self.code("task", "wait", task)))
        thread.start()
        self.addCleanup(thread.join)
        eventually(lambda: self.daemon.stats()["gateway"]["waiting_clients"] == 1, "it waits")
        gate.set()
        thread.join(30)
        self.assertEqual(codes, [0])


class DocumentsTest(EndToEndTest):
    def setUp(self):
        self.daemon = self.start_daemon()
        self.client = self.start_client(self.daemon)

    def json(self, *arguments):
        done = self.daemon.cli(*arguments, "--json")
        self.assertEqual((done.code, done.stderr), (0, ""), done)
        return json.loads(done.stdout)

    def test_submit_and_wait_prints_the_task_with_its_steps(self):
        self.client.put_template(template("t", "two", {"a": [], "b": ["a"]}))
        self.start_worker(self.daemon, "t", {"*": lambda run: {"of": run.step_name}})
        task = self.json("submit", "t/two@1.0.0", "--context", '{"n":1}', "--priority", "5",
                         "--initiator", "me", "--reason", "a test", "--wait=30")
        self.assertEqual((task["status"], task["namespace"], task["name"], task["version"]),
                         ("complete", "t", "two", "1.0.0"))
        self.assertEqual((task["priority"], task["initiator"], task["reason"]),
                         (5, "me", "a test"))
        self.assertEqual((task["total_steps"], task["completed_steps"], task["ended"]),
                         (2, 2, True))
        self.assertEqual([{key: step[key] for key in ("name", "current_state", "attempts",
                                                      "results")} for step in task["steps"]],
                         [{"name": name, "current_state": "complete", "attempts": 1,
                           "results": {"of": name}} for name in "ab"])
        self.assertEqual(self.json("task", "wait", task["task_uuid"]), task)
        self.assertEqual(self.json("task", "get", task["task_uuid"], "--steps"), task)
        self.assertEqual(self.json("task", "steps", task["task_uuid"])["steps"], task["steps"])

    def test_submit_without_wait(self):
        self.client.put_template(one_step("t", "one"))
        made = self.json("submit", "t/one")
        self.assertEqual(made["step_count"], 1)
        listed = self.json("task", "list", "--namespace", "t", "--limit", "1")
        self.assertEqual(listed["tasks"][0]["task_uuid"], made["task_uuid"])
        plain = self.daemon.cli("submit", "t/one", "--context", '{"n":2}').stdout
        self.assertEqual(str(uuid.UUID(plain.strip())) + "\n", plain)

    def test_templates(self):
        files = []
        for name in ("linear.yaml", "diamond.yaml"):
            files.append(self.daemon.folder / name)
            files[-1].write_text(fixture(name), "utf-8")
        valid = self.json("template", "validate", *files)
        self.assertEqual((valid["files"], valid["errors"]), (2, 0))
        put = self.json("template", "put", *files)
        self.assertEqual([(each["namespace"], each["name"], each["steps"])
                          for each in put["templates"]],
                         [("e2e_linear", "linear", 4), ("e2e_diamond", "diamond", 4)])
        listed = self.json("template", "list")["templates"]
        self.assertEqual({each["hash"] for each in listed},
                         {each["hash"] for each in put["templates"]})
        shown = self.json("template", "show", "e2e_linear/linear@1.0.0")
        self.assertEqual([step["name"] for step in shown["definition"]["steps"]],
                         ["linear_1", "linear_2", "linear_3", "linear_4"])

    def test_server(self):
        self.start_worker(self.daemon, "t", {"*": lambda run: 1}, name="w", capacity=7)
        worker = self.json("worker", "list")["workers"][0]
        self.assertEqual((worker["name"], worker["capacity"], worker["running"],
                          worker["namespaces"]), ("w", 7, 0, ["t"]))
        self.assertEqual(self.json("health")["status"], "healthy")
        stats = self.json("stats")
        self.assertEqual(stats["gateway"]["workers"], 1)
        self.assertLessEqual({"commits", "rollbacks", "statements", "writer_wait_us"},
                             set(stats["store"]))

    def test_tables_for_people(self):
        self.client.put_template(template("t", "two", {"first": [], "second": ["first"]}))
        self.start_worker(self.daemon, "t", {"*": lambda run: 42})
        shown = self.daemon.cli("submit", "t/two", "--wait").stdout
        for word in ("complete", "first", "second", "42", "1/3"):
            self.assertIn(word, shown)

    def test_results_in_a_table_are_cut_only_where_they_are_long(self):
        self.client.put_template(template("t", "three", {"fits": [], "long": [], "short": []}))
        texts = {"short": "s" * 100, "fits": "ä" * 198, "long": "ö" * 199}  # and two quotes
        self.start_worker(self.daemon, "t", {"*": lambda run: texts[run.step_name]})
        steps = json.loads(self.daemon.cli("submit", "t/three", "--wait", "--json").stdout)
        shown = self.daemon.cli("task", "steps", steps["task_uuid"]).stdout.splitlines()
        rows = {row.split()[0]: row.split()[-1] for row in shown[1:]}
        whole = {name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}
        self.assertEqual(rows, dict(whole, long=whole["long"][:199] + "…"))
        for step in steps["steps"]:
            self.assertIn(whole[step["name"]], self.daemon.cli("step", "get", step["step_uuid"]).stdout)

    def test_the_step_ids_that_people_see_are_those_that_commands_take(self):
        self.client.put_template(one_step("t", "one"))
        task = self.client.submit("t", "one")
        wanted = self.json("task", "steps", task)["steps"][0]["step_uuid"]
        for arguments in (["task", "steps", task], ["task", "get", task, "--steps"]):
            title, row = self.daemon.cli(*arguments).stdout.splitlines()[-2:]
            shown = row[title.index("STEP ID"):].split()[0]
            self.assertEqual(shown, wanted, arguments)
        self.assertEqual(self.daemon.cli("step", "resolve", shown).code, 0)


if __name__ == "__main__":
    unittest.main()
