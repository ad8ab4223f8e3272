"""What the statements of daemons that write did inside a PostgreSQL of the tests' own: their plans with the pages that
they read, as auto_explain writes them into its log."""

import collections
import json
import re
import statistics

__all__ = ["PlanLog", "SETTINGS", "lookups_of"]

SETTINGS = ["log_line_prefix=%d/%a ", "shared_preload_libraries=auto_explain",
            "auto_explain.log_analyze=on", "auto_explain.log_buffers=on", "auto_explain.log_timing=off",
            "auto_explain.log_format=json"]  # of a cluster; it logs where it is switched on
ENTRY = re.compile(r"^(\w+)/taskmesh [0-9a-f-]{36} LOG:  duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)", re.M)


def buffers_of(node):
    return node.get("Shared Hit Blocks", 0) + node.get("Shared Read Blocks", 0)


def lookups_of(node, index_counts):
    """How often an index is looked into, by this node of a plan and all below: once per key, and once for
    each index of a table that gets a row; and before, where a conflict would show."""
    children = node.get("Plans", [])
    count = sum(lookups_of(child, index_counts) for child in children)
    loops = node["Actual Loops"]
    if node["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Index Scan"):
        keys = node["Actual Rows"] if "= ANY" in node.get("Index Cond", "") else 1
        count += loops * max(keys, 1)
    elif node["Node Type"] == "ModifyTable" and node["Operation"] != "Delete":
        rows = sum(child["Actual Rows"] * child["Actual Loops"] for child in children
                   if child["Parent Relationship"] == "Outer")
        indexes = index_counts[node["Relation Name"]] + len(node.get("Conflict Arbiter Indexes", []))
        count += rows * indexes
    return count


class PlanLog:
    def __init__(self, cluster):
        self.cluster = cluster
        self.path = cluster.folder / "log"

    def switch(self, database, on):
        """For connections that are opened from now on."""
        self.cluster.query("ALTER DATABASE %s SET auto_explain.log_min_duration = %d"
                           % (database, 0 if on else -1), database)

    def position(self):
        return self.path.stat().st_size

    def _plans(self, database, start):
        with open(self.path, "rb") as log:
            log.seek(start)
            text = log.read().decode()
        for entry in ENTRY.finditer(text):
            if entry[1] == database:
                logged = json.loads(entry[2].replace("\n\t", "\n"))
                yield logged["Query Text"], logged["Plan"]

    def costs(self, database, start):
        """{text of a statement: (median of pages per index look-up, how often it ran, its last plan)}"""
        counts = self.cluster.query("SELECT relname, count(*) FROM pg_index JOIN pg_class c "
                                    "ON c.oid = indrelid WHERE indpred IS NULL GROUP BY relname", database)
        index_counts = collections.Counter({
            name: int(count) for name, count in (line.split("|") for line in counts)})
        costs, plans = collections.defaultdict(list), {}
        for text, plan in self._plans(database, start):
            costs[text].append(buffers_of(plan) / max(lookups_of(plan, index_counts), 1))
            plans[text] = plan
        return {text: (statistics.median(values), len(values), plans[text])
                for text, values in costs.items()}
