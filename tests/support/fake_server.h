// tests/support/fake_server.h - a ROUTER that answers what a test tells it to.
// Drive it by hand, in the test's own thread, or give it a handler and a thread.
#ifndef TMESH_TESTS_SUPPORT_FAKE_SERVER_H
#define TMESH_TESTS_SUPPORT_FAKE_SERVER_H

#include "services/wire/frame.h"

typedef struct fake_server fake_server_t;

// Bound to an ipc endpoint of its own.
fake_server_t *fake_server_new(void);
void fake_server_destroy(fake_server_t **self_p);
const char *fake_server_endpoint(const fake_server_t *self);

// The next message (yours), or NULL when none comes within timeout_ms.
tmesh_frames_t *fake_server_receive(fake_server_t *self, int timeout_ms);
// Destroys the request. `payload` is the only payload frame; NULL: none.
void fake_server_answer(fake_server_t *self, tmesh_frames_t **request_p, int status,
                        const char *body, const char *payload);
void fake_server_push(fake_server_t *self, const tmesh_frames_address_t *to, const char *command,
                      const char *body, const char *payload);

// Runs in the server's thread for each message, which it answers or drops: it destroys it.
typedef void fake_server_handler_t(fake_server_t *self, tmesh_frames_t **request_p, void *context);
// From here on the server belongs to its thread, until it is destroyed.
void fake_server_start(fake_server_t *self, fake_server_handler_t *handler, void *context);

#endif
