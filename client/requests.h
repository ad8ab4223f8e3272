// client/requests.h - what client.c lends to the commands.
#ifndef TMESH_CLIENT_REQUESTS_H
#define TMESH_CLIENT_REQUESTS_H

#include "runtime/base/random.h"
#include "services/wire/writer.h"
#include "taskmesh/client.h"

// One request on its way to an answer.
typedef struct {
    const char *command;
    tmesh_bytes_t body;
    const tmesh_view_t *payloads;
    size_t payload_count;
    int64_t patience_ms; // the server may take this long before silence means anything
    bool is_sent_once;   // silence is waited for, not answered by a repeat
    bool *was_repeated;  // set when it was sent more than once; may be NULL
} tmesh_client_call_t;

tmesh_answer_t *tmesh_client_call(tmesh_client_t *self, const tmesh_client_call_t *call);
tmesh_random_t *tmesh_client_random(tmesh_client_t *self);
int64_t tmesh_client_now_ms(const tmesh_client_t *self);

#endif
