"""Rule 2.2: a task's context fits the input_schema of its template. Every keyword is tried by the unit
tests of services/templates; here is what a submitter sees."""

import unittest

from scenario import Scenarios, for_each_store, rule, step

load_tests = for_each_store

ORDER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["order_id", "items"],
    "properties": {
        "order_id": {"type": "integer", "minimum": 1},
        "email": {"type": "string", "format": "email", "maxLength": 20},
        "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}},
    },
    "additionalProperties": False,
    "$defs": {"item": {"type": "object", "required": ["sku"],
                       "properties": {"sku": {"type": "string", "pattern": "^[A-Z]{2}-\\d+$"},
                                      "count": {"type": "integer", "maximum": 10}}}},
}
GOOD = {"order_id": 1, "items": [{"sku": "AB-1", "count": 10}]}


class InputSchemaScenarios(Scenarios):
    def violations(self, context, name="flow", **fields):
        """The pointer and keyword of each violation, sorted."""
        error = self.refused_with(self.submitting(context, name, **fields), 400, "input_schema_violation")
        return sorted((each["pointer"], each["keyword"]) for each in error["details"]["violations"])

    def given_schema(self, schema, name="flow"):
        return self.given(step("a"), name=name, input_schema=schema, identity_strategy="always_unique")

    @rule("2.2")
    def test_a_context_that_fits_is_accepted(self):
        self.given_schema(ORDER)
        self.workers()
        self.ends(self.submitted(GOOD))
        self.submitted(dict(GOOD, email="ann@example.org"))
        self.submitted(dict(GOOD, email="no address"))  # `format` says what is meant, and refuses nothing

    @rule("2.2")
    def test_every_violation_is_listed_with_its_pointer(self):
        self.given_schema(ORDER)
        found = self.violations({"order_id": 0, "email": "x" * 21, "more": 1, "items": [
            {"sku": "AB-1"}, {"sku": "ab-1", "count": 11}, {"count": 1.5}]})
        self.assertEqual([keyword for _, keyword in found].count("additionalProperties"), 1)
        for expected in (("/order_id", "minimum"), ("/email", "maxLength"), ("/items/1/sku", "pattern"),
                         ("/items/1/count", "maximum"), ("/items/2/sku", "required"),
                         ("/items/2/count", "type")):
            self.assertIn(expected, found)
        self.assertEqual(len(found), 7, found)

    @rule("2.2")
    def test_nothing_is_written_for_a_context_that_does_not_fit(self):
        self.given_schema(ORDER)
        self.violations({})
        self.assertEqual(self.client.ok("TASK.LIST", {"namespace": self.namespace}).body["tasks"], [])

    @rule("2.2")
    def test_no_context_is_an_empty_object(self):
        self.given_schema({"required": ["x"]})
        self.assertEqual(self.violations(None), [("/x", "required")])
        self.given_schema({"maxProperties": 0}, name="empty")
        self.submitted(name="empty")

    @rule("2.2")
    def test_numbers_are_judged_by_their_digits(self):
        self.given_schema({"properties": {"n": {"const": 123456789012345678901234567890},
                                          "i": {"type": "integer"}, "m": {"multipleOf": 0.1}}})
        self.submitted(b'{"n":123456789012345678901234567890,"i":1.0,"m":0.3}')
        self.assertEqual(self.violations(b'{"n":123456789012345678901234567891,"i":1.5,"m":0.35}'),
                         [("/i", "type"), ("/m", "multipleOf"), ("/n", "const")])

    @rule("2.2")
    def test_both_drafts_are_spoken(self):
        self.given_schema({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {
            "pair": {"items": [{"type": "string"}, {"type": "integer"}], "additionalItems": False}},
            "properties": {"p": {"$ref": "#/definitions/pair"}}, "dependencies": {"p": ["q"]}}, name="seven")
        self.given_schema({"properties": {"p": {"prefixItems": [{"type": "string"}, {"type": "integer"}],
                                                "items": False}},
                           "dependentRequired": {"p": ["q"]}}, name="twenty")
        for name in ("seven", "twenty"):
            self.submitted({"p": ["x", 1], "q": 1}, name=name)
            self.assertTrue(self.violations({"p": ["x", 1, 2], "q": 1}, name))
            self.assertTrue(self.violations({"p": [1, "x"], "q": 1}, name))
            self.assertTrue(self.violations({"p": ["x", 1]}, name))

    @rule("2.2")
    def test_in_an_array_only_the_one_that_does_not_fit_is_refused(self):
        self.given_schema({"required": ["x"]})
        request = {"namespace": self.namespace, "name": "flow"}
        reply = self.client.ok("TASK.SUBMIT", {"tasks": [dict(request, context={"frame": n})
                                                         for n in range(2)]}, [{"x": 1}, {"y": 1}])
        self.assertEqual([each["status"] for each in reply.body["tasks"]], [201, 400])
        self.assertEqual(reply.body["tasks"][1]["error"]["code"], "input_schema_violation")

    @rule("2.2")
    def test_a_duplicate_is_judged_by_the_schema_too(self):
        self.given(step("a"), input_schema={"required": ["x"]})
        self.submitted({"x": 1}, idempotency_key="k")
        self.violations({"y": 1}, idempotency_key="k")
        self.refused_with(self.submitting({"x": 2}, idempotency_key="k"), 409, "duplicate_task")

    def judged(self, schema):
        """(severity, code) of each issue that the template gets for its schema."""
        reply = self.client.request("TEMPLATE.PUT", {"source": {"frame": 0}}, [{
            "name": "judged", "namespace_name": self.namespace, "version": "1.0.0",
            "steps": [step("a")], "input_schema": schema}])
        issues = reply.body["warnings"] if reply.status < 400 else reply.body["error"]["details"]["issues"]
        return [(each["severity"], each["code"]) for each in issues]

    @rule("2.2", "1.2")
    def test_what_a_schema_may_say_is_judged_at_registration(self):
        self.assertEqual(self.judged(ORDER), [])
        self.assertEqual(self.judged({"title": "t", "examples": [1], "deprecated": True, "$comment": "c",
                                      "contentEncoding": "base64", "default": {}, "$id": "urn:x"}), [])
        unknown = self.judged({"x-widget": 1})
        self.assertEqual([severity for severity, _ in unknown], ["warning"])
        for unsupported in ({"unevaluatedProperties": False}, {"unevaluatedItems": False},
                            {"$dynamicRef": "#x"}, {"$ref": "https://example.org/schema.json"}):
            with self.subTest(unsupported):
                self.assertEqual(self.judged(unsupported), [("error", "UNSUPPORTED_SCHEMA_KEYWORD")])
        for bad in ({"type": "nothing"}, {"required": "x"}, {"pattern": "("}, {"minLength": -1},
                    {"$ref": "#/$defs/none"}, {"properties": {"a": 5}}, {"enum": 1}):
            with self.subTest(bad):
                self.assertEqual([severity for severity, _ in self.judged(bad)], ["error"])


if __name__ == "__main__":
    unittest.main()
