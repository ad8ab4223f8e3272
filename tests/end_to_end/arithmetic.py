#!/usr/bin/python3
"""The handlers of the model's arithmetic templates, for a Worker and as a program for
`taskmesh worker run --exec` (one step from stdin) and, with --lines, `--lines`.

A step multiplies what the steps before it answered, or takes the context's even_number, and squares
it. What is larger than 63 bits is written as a decimal string. FailNTimesHandler fails while the
attempt is not above its fail_count.
"""

import json
import sys

INTEGER_MAX = 2**63 - 1
EXIT_PERMANENT, EXIT_RETRY = 1, 75


class NotYet(Exception):
    """A failure that is worth a retry."""


def squared_product(context, dependency_results):
    number = 1
    for each in dependency_results or [context["even_number"]]:
        number *= int(each)
    number *= number
    return number if number <= INTEGER_MAX else str(number)


def fail_n_times(fail_count, attempt):
    if attempt <= fail_count:
        raise NotYet("attempt %d of %d that fail" % (attempt, fail_count))
    return {"attempts_before_success": attempt}


def answer(step):
    if step["callable"] == "FailNTimesHandler":
        return fail_n_times(step["step_inputs"]["fail_count"], step["attempt"])
    return squared_product(step["input_data"], list(step["dependency_results"].values()))


def work(run):
    """The same for a Worker of tm1_worker.py."""
    from tm1_worker import Failure
    step = {"callable": run.callable, "attempt": run.attempt,
            "step_inputs": json.loads(run.initialization or b"{}"),
            "input_data": json.loads(run.context),
            "dependency_results": {name: json.loads(result)
                                   for name, result in run.dependency_results.items()}}
    try:
        return answer(step)
    except NotYet as problem:
        raise Failure(str(problem), retryable=True) from problem


def line_answer(line):
    try:
        return {"success": True, "result": answer(json.loads(line))}
    except Exception as problem:
        return {"success": False, "error": {"message": str(problem),
                                            "retryable": isinstance(problem, NotYet)}}


def main():
    if sys.argv[1:] == ["--lines"]:
        for line in sys.stdin:  # ends with stdin
            print(json.dumps(line_answer(line)), flush=True)
        return
    try:
        print(json.dumps(answer(json.load(sys.stdin))))
    except Exception as problem:
        print(problem, file=sys.stderr)
        sys.exit(EXIT_RETRY if isinstance(problem, NotYet) else EXIT_PERMANENT)


if __name__ == "__main__":
    main()
