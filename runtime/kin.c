#include "runtime/kin.h"

void tmesh_kin_call(const tmesh_kin_t *self)
{
    for (size_t i = 0; i < self->after_count; i++) atomic_fetch_add(&self->after[i], 1);
}

uint32_t tmesh_kin_called(const tmesh_kin_t *self)
{
    return self->called ? atomic_load(self->called) : 0;
}
