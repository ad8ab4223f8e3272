// services/store/postgres/row_by_row.h - rows that are looked up one by one, by their keys, whatever the
// planner believes. Of a table that was nearly empty when it last looked it would rather read all, by a plan
// that is used long after it has filled.
#ifndef TMESH_SERVICES_STORE_POSTGRES_ROW_BY_ROW_H
#define TMESH_SERVICES_STORE_POSTGRES_ROW_BY_ROW_H

// The rows of a batch: arrays, the first of them and the others. The planner expects one row: a tenth, by a
// limit that it does not know, of the ten of any array.
#define GIVEN(first, others) "(SELECT * FROM unnest(" first others ") LIMIT cardinality(" first "))"
#define GIVEN_ONCE(array) "(SELECT DISTINCT * FROM unnest(" array ") LIMIT cardinality(" array "))"
// What belongs to each row before. The offset keeps it from being joined the other way round.
#define EACH(select, name) " CROSS JOIN LATERAL (" select " OFFSET 0) " name
// Rows of a batch with the place of the row that each changes. A changed row can't be looked up in any other
// way than by a join, and by its place it is found at once. The work has locked it: it stays where it is.
#define PLACED(given, columns, table, where) \
    "(SELECT u.*, f.place FROM " given " AS u (" columns ")" \
    EACH("SELECT ctid AS place FROM " table " WHERE " where, "f") " OFFSET 0) AS u"
// Is there such a row? EXISTS may gather all that could be asked for in a hash table.
#define IS_THERE(select) "((" select " LIMIT 1) IS NOT NULL)"
// A condition that is judged of a row that was found by others, not searched for by an index of its own.
#define JUDGED(condition) "(" condition ") IS TRUE"

#endif
