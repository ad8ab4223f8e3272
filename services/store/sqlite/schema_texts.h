// services/store/sqlite/schema_texts.h - the migrations, one text each, oldest first.
// A text that was released is never changed: the next version is appended.
#ifndef TMESH_SERVICES_STORE_SQLITE_SCHEMA_TEXTS_H
#define TMESH_SERVICES_STORE_SQLITE_SCHEMA_TEXTS_H

extern const char *const tmesh_schema_texts[]; // version n is text n - 1
extern const int tmesh_schema_text_count;

#endif
