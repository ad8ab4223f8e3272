#include "services/moves/step_name.h"

const char *tmesh_step_name_of(const tmesh_definition_t *definition, const tmesh_step_row_t *row)
{
    if (row->name) return row->name;
    bool is_known = definition && row->template_index < definition->step_count;
    return is_known ? definition->steps[row->template_index].name : NULL;
}
