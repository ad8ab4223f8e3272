"""The accounts of the suite: rules.txt against the numbers that scenarios name."""

import importlib.util
import pathlib
import re
import unittest

HERE = pathlib.Path(__file__).resolve().parent
LINE = re.compile(r"(\d\.\d) ([ -]) \S.*")
# How many rules each section of the specification has.
SECTIONS = {1: 7, 2: 7, 3: 4, 4: 8, 5: 7, 6: 5, 7: 2, 8: 2, 9: 3}


def read_rules():
    """Rule number -> has it a mark that it has no scenario yet?"""
    marks = {}
    for line in (HERE / "rules.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            number, mark = LINE.fullmatch(line).groups()
            assert number not in marks, number + " is there twice"
            marks[number] = mark == "-"
    return marks


def scenarios():
    """(file, class, method, its rules) of every test method in the folder."""
    for path in sorted(HERE.glob("*_test.py")):
        if path.name == "rules_test.py":
            continue
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for each in vars(module).values():
            if isinstance(each, type) and each.__module__ == path.stem:
                for name, function in vars(each).items():
                    if name.startswith("test"):
                        yield path.name, each.__name__, name, getattr(function, "rules", ())


class RulesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.marks = read_rules()
        cls.scenarios = list(scenarios())
        cls.shown = {}
        for *_, name, numbers in cls.scenarios:
            for number in numbers:
                cls.shown.setdefault(number, []).append(name)

    def test_every_rule_is_in_the_table(self):
        expected = ["%d.%d" % (section, number) for section, count in SECTIONS.items()
                    for number in range(1, count + 1)]
        self.assertEqual(list(self.marks), expected)

    def test_every_scenario_names_a_rule_that_exists(self):
        self.assertGreater(len(self.scenarios), 100)
        for file, group, name, numbers in self.scenarios:
            with self.subTest(file=file, scenario=f"{group}.{name}"):
                self.assertTrue(numbers, "it names no rule")
                self.assertLessEqual(set(numbers), set(self.marks))

    def test_the_marks_of_rules_without_a_scenario_are_true(self):
        marked = {number for number, mark in self.marks.items() if mark}
        without = set(self.marks) - set(self.shown)
        self.assertEqual(sorted(without - marked), [], "these have lost their last scenario")
        self.assertEqual(sorted(marked - without), [], "these have scenarios now: take away the mark")
        for number in self.marks:
            print("rule %s: %d scenarios" % (number, len(self.shown.get(number, ()))))
        print("without a scenario:", " ".join(sorted(without)) or "none")


if __name__ == "__main__":
    unittest.main()
