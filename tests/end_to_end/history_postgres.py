"""The tables of a PostgreSQL database, for history_checker.py: payloads byte for byte, as text."""
import csv
import io

ABSENT = "no value"  # no column of ours holds this text
INTEGERS = {"smallint", "integer", "bigint"}


class PostgresHistory:
    def __init__(self, cluster, database):
        self.cluster = cluster
        self.database = database
        self.types = {}  # (table, column) -> type
        for line in self._query("SELECT table_name, column_name, data_type "
                                "FROM information_schema.columns WHERE table_schema = 'taskmesh'"):
            self.types[line["table_name"], line["column_name"]] = line["data_type"]

    def _query(self, sql):
        copied = self.cluster.text_of("COPY (%s) TO STDOUT WITH (FORMAT csv, HEADER, NULL '%s')"
                                      % (sql, ABSENT), self.database)
        csv.field_size_limit(1 << 30)
        return csv.DictReader(io.StringIO(copied, newline=""))

    def read(self, what):
        table, *order = what.split(" ", 1)
        rows = self._query(" ".join(["SELECT * FROM taskmesh." + table, *order]))
        return [{column: self._value(table, column, value) for column, value in row.items()}
                for row in rows]

    def _value(self, table, column, value):
        if value == ABSENT:
            return None
        if self.types[table, column] in INTEGERS:
            return int(value)
        return value == "t" if self.types[table, column] == "boolean" else value

    @staticmethod
    def damages():
        return []  # PostgreSQL's own business

    def close(self):
        pass
