"""A node is stopped by SIGSTOP while it holds claims, or in the middle of a transaction, and goes on later:
it was missed by nobody, or others have taken over; it harms and judges nobody."""
import contextlib
import signal
import time

from harness import eventually
from storm import draw_seed
from storm_nodes import NodeStorm, pass_beats

BEATS_UNTIL_DEAD = 3
NAP_S = 1.8     # shorter than those, with time to wake up
SLEEP_S = 10.0  # dead
HELD_MIN = 4
# Transactions that hold locks and stand still for so long; the server ends them after five seconds.
STANDING = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND state = 'idle in transaction' AND backend_xid IS NOT NULL "
            "AND clock_timestamp() - state_change > interval '%s'")


@contextlib.contextmanager
def busy_nodes(test):
    """The first of them holds claims. Settled and checked behind it."""
    with NodeStorm(draw_seed(), nodes=3, wired=1) as storm:
        for number in range(3):
            storm.at(number).start_worker()
            storm.start_client_of_all(slots=8)
        storm.wait_until_busy()
        first = storm.living()["n0"]
        eventually(lambda: storm.count_held_by(first) >= HELD_MIN, "it holds claims")
        yield storm
        storm.settle(120)
        storm.stop()
        storm.check(test)


def take_a_nap(test, within_transaction):
    with busy_nodes(test) as storm:
        everybody = storm.living()
        pass_beats(storm.query, "n0", 1)  # from this one on it is missed
        node = storm.stop_node(0, within_transaction)
        time.sleep(NAP_S)
        node.process.send_signal(signal.SIGCONT)
        pass_beats(storm.query, "n1", BEATS_UNTIL_DEAD + 1)
        test.assertEqual(storm.living(), everybody)
        test.assertEqual(storm.count_logged("node.took_over"), 0)
        test.assertEqual(storm.count_lost_workers(), 0)
    test.assertEqual(storm.count_logged("node.declared_dead"), 0)


def sleep_until_dead(test, within_transaction):
    with busy_nodes(test) as storm:
        first = storm.living()["n0"]
        node = storm.stop_node(0, within_transaction)
        held = storm.count_held_by(first)
        if within_transaction:
            eventually(lambda: storm.query(STANDING % "2 s") != ["0"], "its transaction stands still")
        time.sleep(SLEEP_S / 2)
        results = storm.count_results()
        time.sleep(SLEEP_S / 2)
        test.assertGreater(storm.count_results(), results)  # the others go on
        test.assertEqual(storm.query(STANDING % "7 s"), ["0"])
        test.assertGreater(held, 0)
        test.assertEqual(storm.count_held_by(first), 0)  # they have taken over
        test.assertGreater(storm.count_logged("node.took_over"), 0)
        others = storm.living()
        test.assertEqual(sorted(others), ["n1", "n2"])
        node.process.send_signal(signal.SIGCONT)
        storm.wait_for_its_end(node)
        living = storm.living()
        test.assertEqual({name: living.get(name) for name in others}, others)
        test.assertNotIn(" node.took_over ", node.log().split(" node.declared_dead ")[0])
        test.assertEqual(storm.count_logged("node.declared_dead"), 1)
