"""A program for `taskmesh worker run --lines`: steps named "bad" fail for good, others succeed."""
import json
import sys

for line in sys.stdin:
    if json.loads(line)["step_name"] == "bad":
        answer = {"success": False, "error": {"message": "bad", "retryable": False}}
    else:
        answer = {"success": True, "result": 1}
    print(json.dumps(answer), flush=True)
