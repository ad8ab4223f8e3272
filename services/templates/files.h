// services/templates/files.h - templates out of files and folders.
#ifndef TMESH_SERVICES_TEMPLATES_FILES_H
#define TMESH_SERVICES_TEMPLATES_FILES_H

#include "services/templates/parse.h"

// Told of each file. *definition_p is NULL when the file was refused; set it to NULL to keep the
// definition, otherwise it is destroyed. The report is lent.
typedef void tmesh_template_files_found_t(void *self, const char *file,
                                          tmesh_definition_t **definition_p,
                                          tmesh_template_report_t *report);

// `path` is one file, or a folder with *.yaml, *.yml and *.json files at any depth, taken in the
// byte order of their paths; names that begin with a dot are passed over. One bad file does not
// stop the others: what can't be read is told as FILE_UNREADABLE, too.
void tmesh_template_files_load(const char *path, const char *environment,
                               tmesh_template_files_found_t *found, void *self);

#endif
