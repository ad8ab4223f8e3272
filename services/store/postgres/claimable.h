// services/store/postgres/claimable.h - what the partial index steps_claimable covers, word for word.
#ifndef TMESH_SERVICES_STORE_POSTGRES_CLAIMABLE_H
#define TMESH_SERVICES_STORE_POSTGRES_CLAIMABLE_H

#define CLAIMABLE "state = 2 AND NOT claimed AND NOT held"

#endif
