// taskmesh submit
#include <inttypes.h>
#include <stdio.h>

#include "bin/taskmesh/await.h"
#include "bin/taskmesh/table.h"
#include "bin/taskmesh/template_name.h"
#include "runtime/base/error.h"
#include "runtime/base/memory.h"
#include "services/domain/json_text.h"

enum { PRIORITY_MAX = 100, POINTER_BYTES = 64 };

typedef struct {
    const char *context; // as given
    const char *idempotency_key;
    const char *on_duplicate;
    const char *initiator;
    const char *reason;
    int64_t priority;
    int64_t delay_ms;
    cli_duration_t wait;
} submit_options_t;

static int parse(cli_t *cli, submit_options_t *given)
{
    const cli_option_t options[] = {
        {"context", CLI_OPTION_TEXT, &given->context, "JSON|@FILE|-",
         "the task's context: a JSON object, or where it stands"},
        {"idempotency-key", CLI_OPTION_TEXT, &given->idempotency_key, "KEY",
         "the same key is the same task"},
        {"on-duplicate", CLI_OPTION_TEXT, &given->on_duplicate, "WHAT",
         "reject (default), return or allow_if_ended"},
        {"priority", CLI_OPTION_INTEGER, &given->priority, "N", "-100 to 100, higher first"},
        {"delay", CLI_OPTION_INTEGER, &given->delay_ms, "MS", "postpones the first steps"},
        {"initiator", CLI_OPTION_TEXT, &given->initiator, "TEXT", "who asks for it"},
        {"reason", CLI_OPTION_TEXT, &given->reason, "TEXT", "why"},
        {"wait", CLI_OPTION_SECONDS_OPTIONAL, &given->wait, "SECONDS",
         "wait until the task is settled and show its steps"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    if (given->priority < -PRIORITY_MAX || given->priority > PRIORITY_MAX) {
        return cli_usage_error(cli, "the priority is -100 to 100");
    }
    if (given->delay_ms < 0) return cli_usage_error(cli, "the delay is not negative");
    return CLI_GO_ON;
}

// Said here with its place, before anything is sent.
static bool is_usable(tmesh_bytes_t context)
{
    tmesh_auto(tmesh_fault) fault = NULL;
    if (tmesh_json_check(context, &tmesh_json_limits_context, "", &fault) == TMESH_OK) return true;
    fprintf(stderr, "taskmesh: the context is unusable: %s (%s%s%s)\n", fault->message, fault->code,
            *fault->where ? ", " : "", fault->where);
    return false;
}

static const char *violation_text(const tmesh_answer_t *answer, size_t index, const char *field)
{
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/error/details/violations/%zu/%s", index, field);
    const char *text = tmesh_answer_text(answer, pointer);
    return text ? text : "";
}

// With all that is wrong with the context: the message names the first only.
static int report_refusal(const cli_t *cli, tmesh_answer_t *answer)
{
    int code = cli_report(answer);
    if (cli->as_json) {
        fprintf(stderr, "%s\n", tmesh_answer_json(answer));
        return code;
    }
    size_t count = tmesh_answer_count(answer, "/error/details/violations");
    for (size_t i = 0; i < count; i++) {
        tmesh_auto_free char *where = cli_text_shown(violation_text(answer, i, "pointer"));
        tmesh_auto_free char *message = cli_text_shown(violation_text(answer, i, "message"));
        fprintf(stderr, "  /context%s: %s\n", where, message);
    }
    int64_t more = tmesh_answer_integer(answer, "/error/details/more", 0);
    if (more > 0) fprintf(stderr, "  and %" PRId64 " more\n", more);
    return code;
}

static int submit(cli_t *cli, const submit_options_t *given, const tmesh_client_task_t *task)
{
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    tmesh_answer_t *answer = tmesh_client_submit(client, task);
    int code = CLI_EXIT_OK;
    if (!tmesh_answer_is_ok(answer)) {
        code = report_refusal(cli, answer);
    } else if (given->wait.is_given) {
        code = cli_await(cli, client, tmesh_answer_text(answer, "/task_uuid"), given->wait.ms);
    } else if (cli->as_json) {
        puts(tmesh_answer_json(answer));
    } else {
        puts(tmesh_answer_text(answer, "/task_uuid"));
    }
    tmesh_answer_destroy(&answer);
    tmesh_client_close(&client);
    return code;
}

int cli_submit(cli_t *cli)
{
    submit_options_t given = {0};
    int code = parse(cli, &given);
    if (code != CLI_GO_ON) return code;
    cli_template_name_t name;
    if (!cli_template_name_parse(cli->positionals[0], &name)) {
        return cli_usage_error(cli, "\"%s\" is not NAMESPACE/NAME or NAMESPACE/NAME@VERSION",
                               cli->positionals[0]);
    }
    size_t size = 0;
    tmesh_auto_free char *context = NULL;
    if (given.context) {
        context = cli_read_json(given.context, &size);
        if (!context || !is_usable(tmesh_bytes(context, size))) return CLI_EXIT_FAILED;
    }
    const tmesh_client_task_t task = {
        .namespace_name = name.namespace_name,
        .name = name.name,
        .version = name.version,
        .context = tmesh_view(context, size),
        .idempotency_key = given.idempotency_key,
        .on_duplicate = given.on_duplicate,
        .priority = (int)given.priority,
        .delay_ms = given.delay_ms,
        .initiator = given.initiator,
        .reason = given.reason,
    };
    return submit(cli, &given, &task);
}
