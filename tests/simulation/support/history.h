// tests/simulation/support/history.h - what must hold of a task at any time, read from its store.
#ifndef TMESH_TESTS_SIMULATION_SUPPORT_HISTORY_H
#define TMESH_TESTS_SIMULATION_SUPPORT_HISTORY_H

#include "services/store/reader.h"

// Asserts: numbers dense from 1, each move starts where the last one ended and is in the tables,
// the rows stand where their history ends, counters agree with states, every step that must move by
// itself has a due time with the right reason (all time limits here are more than 0), no other has.
void tmesh_history_check(tmesh_reader_t *reader, tmesh_task_id_t id);
// Asserts that the doctor finds nothing. What is overdue is left out: with lost messages that is what
// due times are there for.
void tmesh_history_check_store(tmesh_reader_t *reader);

#endif
