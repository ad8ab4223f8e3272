#include "bin/taskmesh/outcome.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

enum { EXIT_RETRY = 75, MESSAGE_BYTES = 256 }; // EX_TEMPFAIL

static void fail(tmesh_worker_t *worker, tmesh_worker_run_t *run, const char *code,
                 bool is_retryable, const char *message)
{
    const tmesh_worker_failure_t failure = {
        .message = message, .code = code, .retryable = is_retryable};
    tmesh_worker_fail(worker, run, &failure);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static tmesh_bytes_t trimmed(tmesh_bytes_t text)
{
    while (text.size > 0 && is_blank(text.data[text.size - 1])) text.size--;
    while (text.size > 0 && is_blank(*text.data)) {
        text.data++;
        text.size--;
    }
    return text;
}

// {"pending": true} and nothing else.
static bool is_handing_over(tmesh_bytes_t json)
{
    if (tmesh_json_kind(json) != TMESH_JSON_OBJECT) return false;
    size_t position = 0;
    size_t members = 0;
    tmesh_bytes_t key;
    tmesh_bytes_t value;
    while (tmesh_json_next(json, &position, &key, &value)) members++;
    return members == 1 && tmesh_bytes_equal_text(tmesh_json_member(json, "pending"), "true");
}

static void succeed(tmesh_worker_t *worker, tmesh_worker_run_t *run, tmesh_bytes_t output)
{
    tmesh_bytes_t result = trimmed(output);
    if (result.size == 0) {
        tmesh_worker_succeed(worker, run, tmesh_view("null", 4));
        return;
    }
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_json_check(result, &tmesh_json_limits_result, "", &fault) == TMESH_OK) {
        if (is_handing_over(result)) tmesh_worker_hand_over(worker, run);
        else tmesh_worker_succeed(worker, run, tmesh_view(result.data, result.size));
        return;
    }
    bool is_large = strcmp(fault->code, "too_large") == 0;
    tmesh_auto_free char *message =
        tmesh_printf("what the program wrote is no usable JSON: %s%s%s", fault->message,
                     *fault->where ? " at " : "", fault->where);
    fail(worker, run, is_large ? "result_too_large" : "invalid_result", false, message);
}

// The end of stderr, or what else is known.
static char *message_of(const cli_process_t *process, const char *otherwise)
{
    size_t size = process->error->size;
    size_t skipped = size > CLI_PROCESS_STDERR_BYTES ? size - CLI_PROCESS_STDERR_BYTES : 0;
    tmesh_bytes_t text = trimmed(tmesh_bytes(process->error->data + skipped, size - skipped));
    if (text.size == 0) return tmesh_strdup(otherwise);
    char *message = tmesh_alloc(text.size + 1);
    for (size_t i = 0; i < text.size; i++) message[i] = text.data[i] ? text.data[i] : ' ';
    return message;
}

static void be_killed(tmesh_worker_t *worker, tmesh_worker_run_t *run, const cli_process_t *process)
{
    char otherwise[MESSAGE_BYTES];
    int number = WTERMSIG(process->wait_status);
    const char *name = sigabbrev_np(number);
    snprintf(otherwise, sizeof otherwise, "the program was killed by signal %d (SIG%s)", number,
             name ? name : "?");
    fail(worker, run, "worker_process_killed", true, otherwise);
}

void cli_outcome_of_exit(tmesh_worker_t *worker, tmesh_worker_run_t *run,
                         const cli_process_t *process)
{
    if (process->overflowed) {
        cli_outcome_of_overflow(worker, run);
        return;
    }
    if (WIFSIGNALED(process->wait_status)) {
        be_killed(worker, run, process);
        return;
    }
    int code = WEXITSTATUS(process->wait_status);
    if (code == 0) {
        succeed(worker, run, tmesh_buffer_bytes(process->output));
        return;
    }
    char otherwise[MESSAGE_BYTES];
    snprintf(otherwise, sizeof otherwise, "the program ended with exit code %d", code);
    tmesh_auto_free char *message = message_of(process, otherwise);
    fail(worker, run, code == EXIT_RETRY ? "retry_requested" : "program_failed", code == EXIT_RETRY,
         message);
}

// The unescaped text of a member; NULL (nothing to free) when it is none.
static char *member_text(tmesh_bytes_t object, const char *key)
{
    if (tmesh_json_kind(object) != TMESH_JSON_OBJECT) return NULL;
    tmesh_bytes_t value = tmesh_json_member(object, key);
    if (tmesh_json_kind(value) != TMESH_JSON_STRING) return NULL;
    tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
    tmesh_json_unescape(value, text);
    return tmesh_buffer_take(text);
}

static void fail_as_told(tmesh_worker_t *worker, tmesh_worker_run_t *run, tmesh_bytes_t line)
{
    tmesh_bytes_t error = tmesh_json_member(line, "error");
    tmesh_auto_free char *message = member_text(error, "message");
    tmesh_auto_free char *code = member_text(error, "code");
    bool is_retryable = tmesh_json_kind(error) == TMESH_JSON_OBJECT &&
                        tmesh_bytes_equal_text(tmesh_json_member(error, "retryable"), "true");
    fail(worker, run, code ? code : "program_failed", is_retryable,
         message ? message : "the program gave no message");
}

static bool is_object_line(tmesh_bytes_t line, tmesh_fault_t **fault_p)
{
    tmesh_json_limits_t limits = tmesh_json_limits_result;
    limits.bytes_max = CLI_PROCESS_OUTPUT_BYTES_MAX; // the server judges what is inside
    limits.depth_max++;
    return tmesh_json_check(line, &limits, "", fault_p) == TMESH_OK &&
           tmesh_json_kind(line) == TMESH_JSON_OBJECT;
}

bool cli_outcome_of_news(tmesh_worker_t *worker, tmesh_worker_run_t *run, tmesh_bytes_t line)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    line = trimmed(line);
    if (!is_object_line(line, &fault)) return false;
    bool is_answer = tmesh_json_member(line, "success").data || tmesh_json_member(line, "pending").data;
    tmesh_bytes_t checkpoint = tmesh_json_member(line, "checkpoint");
    tmesh_bytes_t progress = tmesh_json_member(line, "progress");
    if (is_answer || (!checkpoint.data && !progress.data)) return false;
    if (checkpoint.data) {
        tmesh_worker_checkpoint(worker, run, tmesh_view(checkpoint.data, checkpoint.size));
    }
    // A checkpoint says, too, that the program is at it; a progress that is too long says only that.
    if (!tmesh_worker_beat(worker, run, tmesh_view(progress.data, progress.size))) {
        (void)tmesh_worker_beat(worker, run, tmesh_view(NULL, 0));
    }
    return true;
}

void cli_outcome_of_line(tmesh_worker_t *worker, tmesh_worker_run_t *run, tmesh_bytes_t line)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    line = trimmed(line);
    bool is_object = is_object_line(line, &fault);
    tmesh_bytes_t success = is_object ? tmesh_json_member(line, "success") : TMESH_BYTES_NONE;
    if (tmesh_bytes_equal_text(success, "true")) {
        tmesh_bytes_t result = tmesh_json_member(line, "result");
        tmesh_worker_succeed(worker, run, tmesh_view(result.data, result.size));
    } else if (tmesh_bytes_equal_text(success, "false")) {
        fail_as_told(worker, run, line);
    } else if (is_object && is_handing_over(line)) {
        tmesh_worker_hand_over(worker, run);
    } else {
        tmesh_auto_free char *message =
            tmesh_printf("the program's line is no answer: %s",
                         fault ? fault->message : "it needs \"success\": true or false");
        fail(worker, run, "invalid_result", false, message);
    }
}

void cli_outcome_of_death(tmesh_worker_t *worker, tmesh_worker_run_t *run,
                          const cli_process_t *process)
{
    if (WIFSIGNALED(process->wait_status)) {
        be_killed(worker, run, process);
        return;
    }
    char message[MESSAGE_BYTES];
    snprintf(message, sizeof message, "the program ended with exit code %d before it answered",
             WEXITSTATUS(process->wait_status));
    fail(worker, run, "worker_process_ended", true, message);
}

void cli_outcome_of_no_start(tmesh_worker_t *worker, tmesh_worker_run_t *run, const char *message)
{
    tmesh_auto_free char *text = tmesh_printf("the program can not be started: %s", message);
    fail(worker, run, "program_not_started", true, text);
}

void cli_outcome_of_overflow(tmesh_worker_t *worker, tmesh_worker_run_t *run)
{
    fail(worker, run, "result_too_large", false, "the program wrote more than 16 MiB");
}
