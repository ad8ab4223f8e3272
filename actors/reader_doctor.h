// actors/reader_doctor.h - what must never be found in the store, as the body of DOCTOR.
// Private to the reader.
#ifndef TMESH_ACTORS_READER_DOCTOR_H
#define TMESH_ACTORS_READER_DOCTOR_H

#include "actors/reader.h"
#include "services/wire/messages.h"

enum { TMESH_DOCTOR_LIMIT = 100 }; // problems of each kind, unless somebody asks for more

tmesh_err_t tmesh_reader_doctor_answer(const tmesh_reader_services_t *services,
                                       const tmesh_query_doctor_request_t *request,
                                       tmesh_query_doctor_reply_t *reply);
// How many there are, up to TMESH_DOCTOR_LIMIT of each kind.
tmesh_err_t tmesh_reader_doctor_count(const tmesh_reader_services_t *services, size_t *count_p);

#endif
