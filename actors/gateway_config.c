// CONFIG: every option with the value that it has here.
#include "actors/gateway_parts.h"
#include "runtime/base/memory.h"
#include "services/config/config.h"
#include "services/config/redact.h"
#include "services/config/table.h"

static void write_option(tmesh_writer_t *writer, const tmesh_config_t *config,
                         const tmesh_config_option_t *option)
{
    const void *field = (const char *)config + option->offset;
    switch (option->kind) {
    case TMESH_CONFIG_NUMBER:
        tmesh_writer_integer(writer, option->name, *(const int64_t *)field);
        break;
    case TMESH_CONFIG_SWITCH:
        tmesh_writer_bool(writer, option->name, *(const bool *)field);
        break;
    case TMESH_CONFIG_TEXT:
    case TMESH_CONFIG_WORD: {
        tmesh_auto_free char *shown = tmesh_config_redact(*(char *const *)field);
        tmesh_writer_text(writer, option->name, shown);
        break;
    }
    case TMESH_CONFIG_SECTION: break;
    }
}

void tmesh_gateway_config(tmesh_gateway_t *self, tmesh_gateway_command_t *command)
{
    tmesh_auto(tmesh_buffer) body = tmesh_buffer_new();
    tmesh_writer_t writer = tmesh_writer(body);
    tmesh_writer_open_object(&writer, NULL);
    tmesh_writer_open_object(&writer, "options");
    for (size_t i = 0; self->services->config && i < tmesh_config_option_count; i++) {
        write_option(&writer, self->services->config, &tmesh_config_options[i]);
    }
    tmesh_writer_close_object(&writer);
    tmesh_writer_close_object(&writer);
    tmesh_gateway_reply(self, &command->from, TMESH_STATUS_OK, body);
}
