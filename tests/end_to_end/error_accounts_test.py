"""The accounts of error codes: what stands in the sources is documented and has a case, and the other
way round. Nothing runs here but Python."""

import pathlib
import unittest

import error_codes
import errors_test
from error_cases import ANSWERS, ELSEWHERE, INTERNAL, NOT_STARTED, RECORDED, UNREACHED


class EveryCodeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.in_sources = error_codes.in_sources()
        cls.documented = error_codes.in_documents()
        cls.cases = [*ANSWERS, *RECORDED, *NOT_STARTED, *ELSEWHERE, *UNREACHED]
        groups = [each for each in vars(errors_test).values() if isinstance(each, type)]
        for function in (each for group in groups for each in vars(group).values()):
            cls.cases += getattr(function, "codes", ())

    def test_every_code_of_the_sources_is_documented(self):
        self.assertGreater(len(self.in_sources), 80, "codes are found where they stand")
        missing = {code: files for code, files in self.in_sources.items()
                   if code not in self.documented and code not in INTERNAL}
        self.assertEqual(missing, {}, "docs/ERRORS.md needs a row for each")

    def test_every_documented_code_stands_in_the_sources(self):
        self.assertEqual(set(self.documented) - set(self.in_sources), set(), "rows too many")

    def test_every_documented_code_has_one_case(self):
        self.assertEqual(set(self.documented) - set(self.cases), set(),
                         "each needs a row in ANSWERS, or a test with @provokes")
        self.assertEqual(set(self.cases) - set(self.documented), set(), "cases of no code")
        self.assertEqual(len(self.cases), len(set(self.cases)), "one case is enough")

    def test_no_list_is_out_of_date(self):
        self.assertEqual(set(INTERNAL) - set(self.in_sources), set())
        self.assertEqual(set(INTERNAL) & set(self.documented), set())
        for code, path in ELSEWHERE.items():
            text = (error_codes.ROOT / path).read_text("utf-8")
            self.assertRegex(text, r"\b%s\b" % code, f"{path} does not show it any more")

    def test_codes_are_found_where_they_stand(self):
        texts = {pathlib.Path("a.c"): 'static void refuse(int a, const char *code) { }\n'
                                      'void f(void) { refuse(g(1, "x"), b ? "one" : "two"); }\n',
                 pathlib.Path("b.c"): 'void g(void) { refuse(1, "not_a_code"); }\n'}
        places = error_codes.places_of_codes(texts)
        self.assertEqual(places, {("refuse", pathlib.Path("a.c")): 1})
        self.assertEqual(error_codes.arguments('f(g(1, "x,("), b)', 1), ['g(1, "x,(")', " b"])


if __name__ == "__main__":
    unittest.main()
