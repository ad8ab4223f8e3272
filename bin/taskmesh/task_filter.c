#include "bin/taskmesh/task_filter.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

void cli_filter_options(cli_filter_t *self, const char *limit_help,
                        cli_option_t options[CLI_FILTER_OPTION_COUNT])
{
    tmesh_client_filter_t *fields = &self->fields;
    const cli_option_t all[CLI_FILTER_OPTION_COUNT] = {
        {"namespace", CLI_OPTION_TEXT, &fields->namespace_name, "NS", "of this namespace alone"},
        {"name", CLI_OPTION_TEXT, &fields->name, "NAME", "of this template alone"},
        {"version", CLI_OPTION_TEXT, &fields->version, "VERSION", "of this version of it alone"},
        {"status", CLI_OPTION_TEXT, &fields->status, "STATUS", "complete, blocked_by_failures ..."},
        {"correlation-id", CLI_OPTION_TEXT, &fields->correlation_id, "ID", "with this one alone"},
        {"older-than", CLI_OPTION_SECONDS, &self->older_than, "SECONDS", "created before that"},
        {"newer-than", CLI_OPTION_SECONDS, &self->newer_than, "SECONDS", "created since then"},
        {"limit", CLI_OPTION_INTEGER, &self->limit, "N", limit_help},
        {"after", CLI_OPTION_TEXT, &fields->after, "CURSOR", "the next page"},
    };
    memcpy(options, all, sizeof all);
}

int cli_filter_settle(cli_filter_t *self, const cli_t *cli, int64_t limit_max)
{
    if (self->limit < 0 || self->limit > limit_max) {
        return cli_usage_error(cli, "the limit is 1 to %" PRId64, limit_max);
    }
    self->fields.limit = (int)self->limit;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (self->older_than.ms >= now_ms || self->newer_than.ms >= now_ms) {
        return cli_usage_error(cli, "nothing is older than 1970");
    }
    if (self->older_than.is_given) self->fields.created_before_ms = now_ms - self->older_than.ms;
    if (self->newer_than.is_given) self->fields.created_after_ms = now_ms - self->newer_than.ms;
    return CLI_GO_ON;
}

bool cli_filter_leaves_out(const cli_filter_t *self)
{
    const tmesh_client_filter_t *fields = &self->fields;
    return fields->namespace_name || fields->name || fields->version || fields->status ||
           fields->correlation_id || self->older_than.is_given || self->newer_than.is_given;
}
