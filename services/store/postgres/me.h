// services/store/postgres/me.h - whose connection this is, in SQL: NULL when it is no node's (dial.c).
#ifndef TMESH_SERVICES_STORE_POSTGRES_ME_H
#define TMESH_SERVICES_STORE_POSTGRES_ME_H

#define ME "nullif(current_setting('taskmesh.node_id', true), '')::uuid"

#endif
