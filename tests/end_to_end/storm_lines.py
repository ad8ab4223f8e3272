"""What `taskmesh worker run --lines` runs in the crash tests: storm_worker.py's handler and journal,
without the run, which programs are not told.

usage: storm_lines.py NAME JOURNAL STEP_MS_MIN STEP_MS_MAX
"""
import json
import os
import random
import sys
import time

name, journal_path = sys.argv[1:3]
step_ms = [int(each) for each in sys.argv[3:]]
journal = os.open(journal_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
chance = random.Random(f"{name}-{os.getpid()}")


def note(what, **fields):
    line = json.dumps(dict(fields, what=what, run=None, at=int(time.time() * 1000)))
    os.write(journal, line.encode() + b"\n")


for line in sys.stdin:  # ends with stdin
    step = json.loads(line)
    # All results here were written by json.dumps, so doing that again gives the same bytes.
    inputs = {parent: json.dumps(value) for parent, value in step["dependency_results"].items()}
    note("given", step=step["step_uuid"], attempt=step["attempt"], inputs=inputs)
    time.sleep(chance.uniform(*step_ms) / 1000)
    result = {"step": step["step_name"], "by": name, "at": time.time_ns()}
    note("sent", step=step["step_uuid"], body=json.dumps(result))
    print(json.dumps({"success": True, "result": result}), flush=True)
