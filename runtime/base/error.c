#include "runtime/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/memory.h"

static const struct {
    const char *word;
    const char *sentence;
    bool may_retry;
} table[TMESH_ERR_COUNT] = {
#define TMESH_ERROR_ROW(code, word, sentence, retry) [TMESH_ERR_##code] = {word, sentence, retry},
    TMESH_ERRORS(TMESH_ERROR_ROW)
#undef TMESH_ERROR_ROW
};

const char *tmesh_err_word(tmesh_err_t err)
{
    return (unsigned)err < TMESH_ERR_COUNT ? table[err].word : "unknown";
}

const char *tmesh_err_sentence(tmesh_err_t err)
{
    return (unsigned)err < TMESH_ERR_COUNT ? table[err].sentence : "unknown error";
}

bool tmesh_err_may_retry(tmesh_err_t err)
{
    return (unsigned)err < TMESH_ERR_COUNT && table[err].may_retry;
}

tmesh_fault_t *tmesh_fault_new(tmesh_err_t err, const char *code, const char *where,
                               const char *format, ...)
{
    tmesh_fault_t *self = tmesh_alloc(sizeof *self);
    self->err = err;
    snprintf(self->code, sizeof self->code, "%s", code);
    snprintf(self->where, sizeof self->where, "%s", where ? where : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(self->message, sizeof self->message, format, arguments);
    va_end(arguments);
    return self;
}

tmesh_fault_t *tmesh_fault_copy(const tmesh_fault_t *other)
{
    if (!other) return NULL;
    tmesh_fault_t *self = tmesh_alloc(sizeof *self);
    *self = *other;
    self->details = other->details ? tmesh_strdup(other->details) : NULL;
    return self;
}

void tmesh_fault_set_details(tmesh_fault_t *self, const char *json)
{
    tmesh_free(self->details);
    self->details = tmesh_strdup(json);
}

void tmesh_fault_destroy(tmesh_fault_t **self_p)
{
    if (!*self_p) return;
    tmesh_free((*self_p)->details);
    tmesh_free(*self_p);
    *self_p = NULL;
}
