#include "services/store/rows.h"

bool tmesh_step_row_is_settled(const tmesh_step_row_t *self)
{
    if (tmesh_step_state_is_done(self->state)) return true;
    return self->state == TMESH_STEP_ERROR && self->tolerated;
}
