"""The connections of two nodes to their database are cut, phase by phase of a batch, while clients submit
under every identity strategy, each task at both nodes at once."""
import collections
import itertools
import sys
import time

from postgres_proxy import DIRECTIONS, PLACES, STAGES
from storm import draw_seed
from storm_client import WAYS
from storm_nodes import NodeStorm

PHASES = list(itertools.product(DIRECTIONS, STAGES, PLACES))
SKIPPED_MAX = 3            # about the messages of one statement, or of its answer
HOLDS_S = (0.0, 0.3, 5.0)  # how long the server hears nothing; the last is longer than anybody waits


def run_cuts(test, cuts, settle_s, pause_s=0.0, **options):
    """`cuts` of them, each phase as often as the others, with pauses of up to `pause_s`."""
    with NodeStorm(draw_seed(), nodes=2, wired=2, **options) as storm:
        for number in range(2):
            storm.at(number).start_worker()
            storm.start_client_of_all(slots=16)
        begun = time.monotonic()
        ended = 0
        phases = []
        for _ in range(cuts):
            storm.wait_until_busy()
            phases = phases or storm.chance.sample(PHASES, len(PHASES))
            cut_once(storm, *phases.pop())
            ended += storm.revive()
            time.sleep(storm.chance.uniform(0, pause_s))
        took_s = time.monotonic() - begun
        storm.settle(settle_s)
        ended += storm.revive()
        print_cuts(storm, took_s, ended)
        found = repeated(storm)
        print(f"(made, there already): {found}", file=sys.stderr)
        test.assertEqual(sum(storm.proxy.counts.values()), cuts)
        for phase in PHASES:
            test.assertGreaterEqual(storm.proxy.counts[phase], cuts // len(PHASES))
        test.assertEqual(storm.count_logged("node.declared_dead"), ended, "another reason to end")
        with storm.daemon.client() as client:
            test.assertEqual(client.ok("DOCTOR", {}).body["problems"], [])
        storm.stop()
        storm.check(test)
        for way, (made, there) in found.items():
            test.assertTrue(made and there, f"nobody repeated anything of {way}")


def cut_once(storm, direction, stage, place):
    if stage == "open":
        storm.proxy.end_all()  # so that somebody comes by
    storm.proxy.cut(direction, stage, place, skip=storm.chance.randrange(SKIPPED_MAX),
                    hold_s=storm.chance.choice(HOLDS_S))


def repeated(storm):
    """How often it was said under each identity strategy that a task was made, and that it was there."""
    told = collections.Counter((entry["way"], entry["status"]) for _, entry in storm.read("client-*")
                               if entry["what"] == "acknowledged")
    return {way: (told[way, 201], told[way, 409]) for way in WAYS}


def print_cuts(storm, took_s, ended):
    counts = storm.proxy.counts
    lines = [f"{sum(counts.values())} cuts in {took_s:.0f} s, {storm.proxy.ended_by_server} of which the "
             f"server ended itself before it heard of them; {ended} nodes gave up",
             " " * 6 + "".join(f"{direction + ' ' + place:>15}"
                               for direction in DIRECTIONS for place in PLACES)]
    for stage in STAGES:
        lines.append(f"{stage:6}" + "".join(f"{counts[direction, stage, place]:15}"
                                            for direction in DIRECTIONS for place in PLACES))
    print("\n".join(lines), file=sys.stderr)
