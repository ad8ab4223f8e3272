#include "embed/options.h"

#include "node/endpoints.h"
#include "node/node.h"
#include "runtime/base/memory.h"
#include "services/config/redact.h"
#include "services/config/table.h"

// An embedded runtime keeps to itself unless it is told otherwise.
static const tmesh_setting_t own_defaults[] = {
    {"store", "sqlite::memory:"},
    {"bind", ""},
    {"publish", ""},
};

static tmesh_err_t set_all(tmesh_config_t *config, const tmesh_setting_t *settings, size_t count,
                           tmesh_fault_t **fault_p)
{
    for (size_t i = 0; i < count; i++) {
        const tmesh_setting_t *setting = &settings[i];
        tmesh_err_t err =
            tmesh_config_set(config, setting->name, setting->name, setting->value, fault_p);
        if (err) return err;
    }
    return TMESH_OK;
}

static tmesh_err_t check(const tmesh_config_t *config, tmesh_fault_t **fault_p)
{
    tmesh_auto(tmesh_endpoints) doors = NULL;
    tmesh_auto(tmesh_endpoints) events = NULL;
    const bool allow_insecure = config->allow_insecure_bind;
    tmesh_err_t err = tmesh_config_check(config, fault_p);
    if (!err) err = tmesh_endpoints_parse(&doors, "bind", config->bind, allow_insecure, fault_p);
    if (err) return err;
    return tmesh_endpoints_parse(&events, "publish", config->publish, allow_insecure, fault_p);
}

tmesh_err_t tmesh_options_read(tmesh_config_t *config, const tmesh_runtime_options_t *options,
                               tmesh_fault_t **fault_p)
{
    tmesh_err_t err = TMESH_OK;
    if (!options->is_server) {
        err = set_all(config, own_defaults, TMESH_COUNT_OF(own_defaults), fault_p);
    }
    if (!err && options->config_file) err = tmesh_config_load(config, options->config_file, fault_p);
    if (!err) err = set_all(config, options->settings, options->setting_count, fault_p);
    if (!err) err = check(config, fault_p);
    if (!err) tmesh_node_name(config);
    return err;
}

const char *const *tmesh_options_show(const tmesh_config_t *config, tmesh_arena_t *arena)
{
    const char **shown = tmesh_arena_alloc(arena, tmesh_config_option_count * sizeof *shown);
    for (size_t i = 0; i < tmesh_config_option_count; i++) {
        tmesh_auto(tmesh_buffer) text = tmesh_buffer_new();
        const char *name = tmesh_config_options[i].name;
        if (!name || !tmesh_config_write_value(config, name, text)) continue; // a headline
        tmesh_auto_free char *redacted = tmesh_config_redact(tmesh_buffer_text(text));
        shown[i] = tmesh_arena_text(arena, redacted);
    }
    return shown;
}

const char *tmesh_options_find(const char *const *shown, const char *name)
{
    const tmesh_config_option_t *option = tmesh_config_find(name);
    return option ? shown[option - tmesh_config_options] : NULL;
}
