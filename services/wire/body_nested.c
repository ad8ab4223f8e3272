// What a field holds that is more than one value: JSON as written, frames, objects and arrays.
#include <string.h>

#include "services/domain/utf8.h"
#include "services/wire/body.h"

static const char *const kind_words[] = {
    [TMESH_JSON_ABSENT] = "nothing",   [TMESH_JSON_NULL] = "null",
    [TMESH_JSON_BOOL] = "a boolean",   [TMESH_JSON_NUMBER] = "a number",
    [TMESH_JSON_STRING] = "a text",    [TMESH_JSON_ARRAY] = "an array",
    [TMESH_JSON_OBJECT] = "an object",
};

static const json_t *get(tmesh_body_t *self, const char *key, tmesh_body_need_t need)
{
    if (tmesh_body_has(self, key)) return json_object_get(self->object, key);
    if (need == TMESH_BODY_NEEDED) {
        tmesh_body_object_to(self, key, "missing_field", "%s is needed", key);
    }
    return NULL;
}

tmesh_bytes_t tmesh_body_json(tmesh_body_t *self, const char *key, tmesh_body_need_t need,
                              unsigned allowed)
{
    bool is_there = self->object && json_object_get(self->object, key);
    if (!is_there) {
        (void)get(self, key, need);
        return TMESH_BYTES_NONE;
    }
    tmesh_bytes_t json = tmesh_json_member(self->text, key);
    tmesh_json_kind_t kind = tmesh_json_kind(json);
    if (allowed & 1u << kind) return json;
    tmesh_body_object_to(self, key, "wrong_type", "%s must not be %s", key, kind_words[kind]);
    return TMESH_BYTES_NONE;
}

bool tmesh_body_frame_index(tmesh_body_t *self, const char *key, tmesh_body_need_t need,
                            size_t *index)
{
    const json_t *value = get(self, key, need);
    if (!value) return false;
    const json_t *number = json_is_object(value) ? json_object_get(value, "frame") : NULL;
    if (!json_is_integer(number)) {
        tmesh_body_object_to(self, key, "wrong_type", "%s must be {\"frame\": N}", key);
        return false;
    }
    size_t count = self->frames ? tmesh_frames_payload_count(self->frames) : 0;
    json_int_t wanted = json_integer_value(number);
    if (wanted < 0 || (size_t)wanted >= count) {
        tmesh_body_object_to(self, key, "frame_out_of_range",
                             "%s refers to a payload frame that is not there; there are %zu", key,
                             count);
        return false;
    }
    *index = (size_t)wanted;
    return true;
}

tmesh_bytes_t tmesh_body_frame(tmesh_body_t *self, const char *key, tmesh_body_need_t need)
{
    size_t index;
    if (!tmesh_body_frame_index(self, key, need, &index)) return TMESH_BYTES_NONE;
    return tmesh_frames_payload(self->frames, index);
}

bool tmesh_body_object(tmesh_body_t *self, const char *key, tmesh_body_need_t need,
                       tmesh_body_t *child)
{
    *child = *self;
    child->object = NULL;
    child->where = tmesh_arena_printf(self->arena, "%s/%s", self->where, key);
    const json_t *value = get(self, key, need);
    if (!value) return false;
    if (!json_is_object(value)) {
        tmesh_body_object_to(self, key, "wrong_type", "%s must be an object", key);
        return false;
    }
    child->object = value;
    child->text = tmesh_json_member(self->text, key);
    return true;
}

void tmesh_body_items(tmesh_body_t *self, const char *key, tmesh_body_need_t need, size_t items_min,
                      size_t items_max, tmesh_items_t *items)
{
    *items = (tmesh_items_t){.fields = self};
    const json_t *value = get(self, key, need);
    if (!value) return;
    if (!json_is_array(value)) {
        tmesh_body_object_to(self, key, "wrong_type", "%s must be an array", key);
        return;
    }
    size_t count = json_array_size(value);
    if (count < items_min) {
        tmesh_body_object_to(self, key, "too_few", "%s has at least %zu items", key, items_min);
        return;
    }
    if (count > items_max) {
        tmesh_body_object_to(self, key, "too_many", "%s has at most %zu items", key, items_max);
        return;
    }
    items->count = count;
    items->array = value;
    items->text = tmesh_json_member(self->text, key);
    items->where = tmesh_arena_printf(self->arena, "%s/%s", self->where, key);
}

bool tmesh_items_next(tmesh_items_t *self, tmesh_fault_t **fault_p, tmesh_body_t *item)
{
    if (self->index == self->count) return false;
    *item = *self->fields;
    if (fault_p) item->fault_p = fault_p;
    item->where = tmesh_arena_printf(self->fields->arena, "%s/%zu", self->where, self->index);
    item->object = json_array_get(self->array, self->index++);
    item->text = TMESH_BYTES_NONE;
    (void)tmesh_json_next(self->text, &self->position, NULL, &item->text);
    if (json_is_object(item->object)) return true;
    item->object = NULL;
    tmesh_body_object_to(item, NULL, "wrong_type", "it must be an object");
    return true;
}

bool tmesh_items_next_text(tmesh_items_t *self, size_t chars_min, size_t chars_max,
                           const char **text)
{
    if (self->index == self->count) return false;
    tmesh_body_t *fields = self->fields;
    const json_t *value = json_array_get(self->array, self->index);
    tmesh_body_t item = *fields;
    item.where = tmesh_arena_printf(fields->arena, "%s/%zu", self->where, self->index++);
    const char *found = json_is_string(value) ? json_string_value(value) : NULL;
    *text = "";
    if (!found || strlen(found) != json_string_length(value)) {
        tmesh_body_object_to(&item, NULL, "wrong_type", "it must be a text");
        return true;
    }
    size_t chars = tmesh_utf8_count(tmesh_bytes_of_text(found));
    if (chars < chars_min || chars > chars_max) {
        tmesh_body_object_to(&item, NULL, chars < chars_min ? "too_short" : "too_long",
                             "it has %zu to %zu characters", chars_min, chars_max);
        return true;
    }
    *text = found;
    return true;
}
