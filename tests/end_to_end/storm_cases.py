"""The tests of kills, whose short and long forms differ in their numbers alone."""
import statistics
import sys
import time

from storm import OPEN_TASKS_MIN, RUNS_OUT_MIN, Storm, draw_seed


def run_daemon_kills(test, kills, delay_s, settle_s, workers_too=False, **options):
    """The daemon is killed `kills` times under load and starts again on the same file."""
    with Storm(draw_seed(), **options) as storm:
        for _ in range(2):
            storm.start_worker()
        storm.start_cli_worker()
        for _ in range(2):
            storm.start_client(slots=24)
        seen = []
        for _ in range(kills):
            storm.wait_until_busy()
            time.sleep(storm.chance.uniform(*delay_s))
            asked = storm.wait_until_busy()
            if workers_too:
                storm.kill_worker()
            on_disk = storm.kill_daemon()
            if workers_too:
                storm.start_worker()
            seen.append((*asked, *on_disk))
            test.assertGreaterEqual(on_disk[0], OPEN_TASKS_MIN)
            test.assertGreaterEqual(on_disk[1], RUNS_OUT_MIN)
        storm.settle(settle_s)
        storm.stop()
        storm.check(test)
        test.assertEqual(len(seen), kills)
        print("least at a kill: tasks open %d, runs out %d; on disk %d, %d" %
              tuple(min(column) for column in zip(*seen)), file=sys.stderr)


def run_worker_kills(test, kills, delay_s, settle_s, **options):
    """Workers are killed under load, each replaced at once. The ms after which what they held was
    started again, for each run of theirs that was lost."""
    with Storm(draw_seed(), capacity=24, step_ms=(30, 60), **options) as storm:
        for _ in range(4):
            storm.start_worker()
        storm.start_cli_worker(capacity=4)
        storm.start_client(slots=24)
        for kill in range(kills):
            time.sleep(storm.chance.uniform(*delay_s))
            storm.wait_until_busy()
            storm.kill_worker()
            storm.start_worker()
            if kill == kills // 2:
                storm.kill_cli_worker()
                storm.start_cli_worker(capacity=4)
        storm.settle(settle_s)
        storm.stop()
        storm.check(test)
        test.assertEqual(len(storm.killed), kills)
        return taken_over_after(test, storm)


def taken_over_after(test, storm):
    times = []
    query = storm.daemon.query
    for name, at in storm.killed:
        for step, run in sorted(storm.held_by(name)):
            blob = bytes.fromhex(step.replace("-", ""))
            task, number = blob[:14] + b"\0\0", int.from_bytes(blob[14:], "big")
            if query("SELECT 1 FROM results WHERE step_id = ? AND run = ? AND success", blob, run):
                continue  # its answer came through, only the word of that did not
            starts = query("SELECT at_ms, worker FROM transitions WHERE task_id = ? AND step_number = ?"
                           " AND event = 'Start' AND run > ? ORDER BY number", task, number, run)
            test.assertTrue(starts, f"run {run} of {step} was lost with {name}, nobody took over")
            test.assertNotEqual(starts[0][1], name)
            times.append(starts[0][0] - at)
    lost = query("SELECT workers_lost, count(*) FROM steps GROUP BY 1")
    test.assertTrue(times, "no run was lost: the kills hit nothing")
    print(f"{len(times)} runs taken over, after {statistics.median(times):.0f} ms (median), "
          f"{max(times)} ms (longest); (lost workers, steps): {lost}", file=sys.stderr)
    return times
