"""Rule 1.3 and the folder of templates: what the server's configuration makes of a template."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from scenario import Scenarios, bin_path, fails, for_each_store, names_of, rule, step

load_tests = for_each_store


class EnvironmentScenarios(Scenarios):
    """The server's environment is `staging`."""

    options = {"environment": "staging"}

    def seen_by(self, *names):
        """The initialization with which each step runs."""
        hands = self.by_hand()
        self.submitted()
        return [json.loads(hands.take(name).initialization) for name in names]

    def given_with(self, steps, overrides, environment="staging"):
        return self.given(*steps, environments={environment: {"steps": overrides}})

    @rule("1.3")
    def test_initialization_is_merged_at_every_depth(self):
        self.given_with(
            [step("a", initialization={"db": {"host": "prod", "port": 1, "tls": {"on": True, "ca": "x"}},
                                       "list": [1, 2], "kept": None, "gone": {"a": 1}})],
            [{"name": "a", "handler": {"initialization": {
                "db": {"host": "stage", "tls": {"ca": "y"}}, "list": [3], "new": 1, "gone": 7}}}])
        self.assertEqual(self.seen_by("a"), [
            {"db": {"host": "stage", "port": 1, "tls": {"on": True, "ca": "y"}}, "list": [3],
             "kept": None, "gone": 7, "new": 1}])

    @rule("1.3")
    def test_all_means_every_step_and_later_overrides_win(self):
        def says(**words):
            return {"handler": {"initialization": words}}
        self.given_with([step("a", initialization={"own": "a"}), step("b"), step("c")],
                        [dict(says(x=1, y=1), name="ALL"), dict(says(y=2), name="b"),
                         dict(says(z=3), name="ALL")])
        self.assertEqual(self.seen_by("a", "b", "c"),
                         [{"own": "a", "x": 1, "y": 1, "z": 3}, {"x": 1, "y": 2, "z": 3},
                          {"x": 1, "y": 1, "z": 3}])

    @rule("1.3")
    def test_retry_is_merged_key_by_key(self):
        """max_attempts changes, `backoff: none` stays: the second attempt is due at once."""
        self.given_with([step("a", retry={"max_attempts": 1, "backoff": "none"})],
                        [{"name": "a", "retry": {"max_attempts": 2}}])
        self.workers({"a": [fails(), fails(), "never"]})
        task = self.submitted()
        self.blocks(task)
        step_a = self.step(task, "a")
        self.assertEqual((step_a["attempts"], step_a["max_attempts"]), (2, 2))

    @rule("1.3")
    def test_another_environment_changes_nothing(self):
        self.given_with([step("a", initialization={"x": 1})],
                        [{"name": "a", "handler": {"initialization": {"x": 2}}}], "production")
        self.assertEqual(self.seen_by("a"), [{"x": 1}])

    @rule("1.3")
    def test_an_unknown_step_is_refused_in_any_environment(self):
        for environment in ("staging", "production"):
            issues = self.refused({
                "name": "flow", "namespace_name": self.namespace, "version": "1.0.0",
                "steps": [step("a")], "environments": {environment: {"steps": [{"name": "b"}]}}})
            self.assertEqual([each["code"] for each in issues], ["UNKNOWN_STEP"])


FILES = {
    "bad.yaml": "name: bad\nnamespace_name: folder\nversion: 1.0.0\nsteps: []\n",
    "broken.yaml": "name: [\n",
    "good.yaml": "name: good\nnamespace_name: folder\nversion: 1.0.0\n"
                 "steps: [{name: a, handler: {callable: a}}]\n",
    "unknown.yaml": "name: unknown\nnamespace_name: folder\nversion: 1.0.0\nmood: fine\n"
                    "steps: [{name: a, handler: {callable: a}}]\n",
}


class FolderScenarios(Scenarios):
    """The server reads a folder with good and bad files when it starts."""

    @classmethod
    def setUpClass(cls):
        cls.templates = pathlib.Path(tempfile.mkdtemp(prefix="tmesh-"))
        cls.addClassCleanup(shutil.rmtree, cls.templates, True)
        for name, text in FILES.items():
            (cls.templates / name).write_text(text)
        super().setUpClass()

    @rule("1.2")
    def test_a_bad_file_does_not_stop_the_others(self):
        self.namespace = "folder"
        self.workers()
        self.assertEqual(names_of(self.ends(self.submitted(name="good"))), ["a"])
        self.assertEqual(names_of(self.ends(self.submitted(name="unknown"))), ["a"])
        self.refused_with(self.submitting(name="bad"), 404, "unknown_template")

    @rule("1.2")
    def test_the_same_is_said_offline_by_exit_code(self):
        def validate(name):
            done = subprocess.run([bin_path("taskmesh"), "template", "validate", self.templates / name],
                                  capture_output=True, text=True, check=False, timeout=60)
            return done.returncode, done.stdout + done.stderr
        self.assertEqual(validate("good.yaml")[0], 0)
        self.assertEqual(validate("unknown.yaml")[0], 0)
        self.assertIn("UNKNOWN_FIELD", validate("unknown.yaml")[1])
        code, words = validate("bad.yaml")
        self.assertNotEqual(code, 0)
        self.assertIn("NO_STEPS", words)
        self.assertIn("bad.yaml:4:", words)
        self.assertNotEqual(validate("broken.yaml")[0], 0)


if __name__ == "__main__":
    unittest.main()
