// tests/property/support/law.h - SPEC 3.1 once more, from its text: which moves there are.
// In words, as histories have them.
#ifndef TMESH_TESTS_PROPERTY_SUPPORT_LAW_H
#define TMESH_TESTS_PROPERTY_SUPPORT_LAW_H

#include <stdbool.h>

// Where the move leads, as a literal; NULL: there is no such move. From "none": what comes to exist.
const char *tmesh_law_of_task(const char *from, const char *event);
const char *tmesh_law_of_step(const char *from, const char *event);
bool tmesh_law_has_ended(const char *task_state);
bool tmesh_law_is_done(const char *step_state);
bool tmesh_law_is_out(const char *step_state);
bool tmesh_law_equal(const char *word, const char *other);

#endif
