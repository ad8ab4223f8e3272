// services/store/postgres/schema_texts.h - the tables: the SQL that leads from each version to the next.
#ifndef TMESH_SERVICES_STORE_POSTGRES_SCHEMA_TEXTS_H
#define TMESH_SERVICES_STORE_POSTGRES_SCHEMA_TEXTS_H

// texts[n] leads from version n to n + 1. Never changed once released.
extern const char *const tmesh_postgres_schema_texts[];
extern const int tmesh_postgres_schema_text_count;

#endif
