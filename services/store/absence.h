// services/store/absence.h - that a store which is somewhere else can't be reached, and since when.
#ifndef TMESH_SERVICES_STORE_ABSENCE_H
#define TMESH_SERVICES_STORE_ABSENCE_H

#include <stdbool.h>
#include <stdint.h>

enum { TMESH_ABSENCE_TEXT_BYTES = 256 };

typedef struct {
    bool is_away;
    bool is_given_up;  // for so long that nobody waits for it any more
    int64_t for_ms;
    char message[TMESH_ABSENCE_TEXT_BYTES]; // what was said of it; without passwords
} tmesh_absence_t;

#endif
