#include "services/templates/yaml_document.h"

#include <libfyaml.h>
#include <string.h>

#include "runtime/base/memory.h"
#include "services/templates/report.h"
#include "services/templates/yaml_tree.h"

static tmesh_bytes_t text_of(struct fy_token *token)
{
    if (!token) return TMESH_BYTES_NONE;
    size_t size = 0;
    const char *text = fy_token_get_text(token, &size);
    return text ? tmesh_bytes(text, size) : tmesh_bytes("", 0);
}

typedef struct {
    struct fy_parser *parser;         // owned
    struct fy_diag *diag;             // owned
    tmesh_yaml_tree_t *tree;          // owned
    tmesh_template_report_t *report;  // lent
    uint32_t documents;
    uint32_t line; // of the latest event: an empty value has no place of its own
    uint32_t column;
} reader_t;

static bool take_scalar(reader_t *self, struct fy_event *event,
                        const tmesh_yaml_properties_t *properties)
{
    struct fy_token *token = event->scalar.value;
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
    bool is_quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    uint32_t column = self->column - (is_quoted ? 1 : 0); // the mark is behind the quote
    tmesh_bytes_t text = token ? text_of(token) : tmesh_bytes("", 0);
    return tmesh_yaml_tree_scalar(self->tree, text, style == FYSS_PLAIN, self->line, column,
                                  properties);
}

static bool take_document(reader_t *self)
{
    if (self->documents++ == 0) return true;
    tmesh_template_refuse_at(self->report, "MULTIPLE_DOCUMENTS", self->line, self->column,
                             "one file holds one template; here begins a second document");
    return false;
}

static bool take(reader_t *self, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (mark) {
        self->line = (uint32_t)mark->line + 1;
        self->column = (uint32_t)mark->column + 1;
    }
    tmesh_yaml_properties_t properties = {
        .anchor = text_of(fy_event_get_anchor_token(event)),
        .tag = text_of(fy_event_get_tag_token(event)),
    };
    switch (event->type) {
    case FYET_DOCUMENT_START: return take_document(self);
    case FYET_MAPPING_START:
        return tmesh_yaml_tree_open(self->tree, TMESH_VALUE_MAP, self->line, self->column,
                                    &properties);
    case FYET_SEQUENCE_START:
        return tmesh_yaml_tree_open(self->tree, TMESH_VALUE_LIST, self->line, self->column,
                                    &properties);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END: return tmesh_yaml_tree_close(self->tree);
    case FYET_SCALAR: return take_scalar(self, event, &properties);
    case FYET_ALIAS: // the mark is behind the asterisk
        return tmesh_yaml_tree_alias(self->tree, text_of(event->alias.anchor), self->line,
                                     self->column - 1);
    default: return true;
    }
}

static void refuse_syntax(reader_t *self)
{
    void *position = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(self->diag, &position);
    if (!error) {
        tmesh_template_refuse_at(self->report, "YAML_SYNTAX", self->line, self->column,
                                 "this is not YAML");
        return;
    }
    uint32_t line = error->line >= 0 ? (uint32_t)error->line : self->line;
    uint32_t column = error->column >= 0 ? (uint32_t)error->column : self->column;
    tmesh_template_refuse_at(self->report, "YAML_SYNTAX", line, column, "%s",
                             error->msg ? error->msg : "this is not YAML");
}

static bool read_events(reader_t *self)
{
    for (;;) {
        struct fy_event *event = fy_parser_parse(self->parser);
        if (!event) break;
        bool is_end = event->type == FYET_STREAM_END;
        bool good = take(self, event);
        fy_parser_event_free(self->parser, event);
        if (!good) return false;
        if (is_end && !fy_parser_get_stream_error(self->parser)) return true;
    }
    refuse_syntax(self);
    return false;
}

static bool open_parser(reader_t *self, tmesh_bytes_t text)
{
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL; // nothing on stderr
    diag_config.output_fn = NULL;
    self->diag = fy_diag_create(&diag_config);
    if (!self->diag) return false;
    fy_diag_set_collect_errors(self->diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
                                  .diag = self->diag};
    self->parser = fy_parser_create(&config);
    return self->parser && fy_parser_set_string(self->parser, text.data, text.size) == 0;
}

tmesh_value_t *tmesh_yaml_document_read(tmesh_bytes_t text, tmesh_arena_t *arena,
                                        tmesh_template_report_t *report)
{
    reader_t self = {.report = report, .tree = tmesh_yaml_tree_new(arena, report)};
    tmesh_value_t *root = NULL;
    if (!open_parser(&self, text)) {
        tmesh_template_refuse_at(report, "YAML_SYNTAX", 0, 0, "the YAML parser did not start");
    } else if (read_events(&self)) {
        root = tmesh_yaml_tree_root(self.tree);
        if (!root) {
            tmesh_template_refuse_at(report, "EMPTY_DOCUMENT", 1, 1, "the file holds nothing");
        }
    }
    tmesh_yaml_tree_destroy(&self.tree);
    if (self.parser) fy_parser_destroy(self.parser);
    if (self.diag) fy_diag_destroy(self.diag);
    return root;
}
