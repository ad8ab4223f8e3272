// runtime/base/error.h - what can go wrong, as one list.
// Every function that can fail returns tmesh_err_t; dropping it does not compile.
#ifndef TMESH_RUNTIME_BASE_ERROR_H
#define TMESH_RUNTIME_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

// code, stable word, sentence, may the same call succeed later without a change by the caller
#define TMESH_ERRORS(X)                                                                            \
    X(NONE, "none", "no error", false)                                                             \
    X(INVALID, "invalid", "the request breaks a rule", false)                                      \
    X(NOT_FOUND, "not_found", "there is no such thing", false)                                     \
    X(CONFLICT, "conflict", "the state of things does not allow this", false)                      \
    X(FULL, "full", "a queue or table has reached its limit", true)                                \
    X(CLOSED, "closed", "the receiver has stopped", true)                                          \
    X(TIMEOUT, "timeout", "no answer within the time limit", true)                                 \
    X(BUSY, "busy", "another owner holds it", true)                                                \
    X(CONNECTION, "connection", "the connection was lost", true)                                   \
    X(SERIALIZATION, "serialization", "another transaction came first", true)                      \
    X(IO, "io", "the system refused to read or write", true)                                       \
    X(CORRUPT, "corrupt", "stored data does not follow its own rules", false)                      \
    X(UNSUPPORTED, "unsupported", "this is not supported", false)                                  \
    X(FATAL, "fatal", "the actor can not go on", false)

typedef enum [[nodiscard]] tmesh_err {
#define TMESH_ERROR_CODE(code, word, sentence, retry) TMESH_ERR_##code,
    TMESH_ERRORS(TMESH_ERROR_CODE)
#undef TMESH_ERROR_CODE
        TMESH_ERR_COUNT
} tmesh_err_t;

// Success reads better by this name.
#define TMESH_OK TMESH_ERR_NONE

const char *tmesh_err_word(tmesh_err_t err);
const char *tmesh_err_sentence(tmesh_err_t err);
// May the very same call succeed when it is repeated?
bool tmesh_err_may_retry(tmesh_err_t err);

// A fault is an error told to a person: which rule (a stable code), where, and a sentence.
// Made only when something fails, so a message that succeeds never pays for it.
typedef struct tmesh_fault {
    tmesh_err_t err;
    char code[48];     // stable word, documented: "unknown_template"
    char where[192];   // JSON pointer, or file:line:column; may be empty
    char message[384]; // a sentence
    char *details;     // further facts as JSON text, or NULL; owned
} tmesh_fault_t;

// A fault of the caller's. `where` may be NULL.
tmesh_fault_t *tmesh_fault_new(tmesh_err_t err, const char *code, const char *where,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));
tmesh_fault_t *tmesh_fault_copy(const tmesh_fault_t *other);
// Adds facts as JSON text; copied.
void tmesh_fault_set_details(tmesh_fault_t *self, const char *json);
void tmesh_fault_destroy(tmesh_fault_t **self_p);

#endif
