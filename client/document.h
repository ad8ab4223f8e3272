// client/document.h - a body and its payloads as one JSON text.
#ifndef TMESH_CLIENT_DOCUMENT_H
#define TMESH_CLIENT_DOCUMENT_H

#include "services/wire/frame.h"

// Appends the body (checked JSON) with each payload in the place of its {"frame": N}, byte for
// byte. Only where the protocol has payloads: tags and options of a task may look like one.
void tmesh_document_write(tmesh_bytes_t body, const tmesh_frames_t *frames, tmesh_buffer_t *out);

#endif
