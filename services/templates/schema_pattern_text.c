#include "services/templates/schema_pattern_text.h"

#include <string.h>

#include "runtime/base/memory.h"
#include "services/domain/utf8.h"
#include "services/templates/schema_pattern_property.h"
#include "services/templates/schema_pattern_subject.h"

// White space and line ends of ECMA-262, and everything else.
#define SPACES                                                                                     \
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}"                                  \
    "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
#define NOT_SPACES                                                                                 \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"               \
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}"                 \
    "\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"
#define ANY_OF_A_LINE "[^\\n\\r\\x{2028}\\x{2029}]"

typedef struct {
    const char *at;
    const char *end;
    bool in_class;
    tmesh_buffer_t *out;
} translator_t;

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The character `ahead` of here, zero behind the end.
static char peek(const translator_t *self, size_t ahead)
{
    return (size_t)(self->end - self->at) > ahead ? self->at[ahead] : 0;
}

static bool follows(const translator_t *self, const char *text)
{
    size_t size = strlen(text);
    return (size_t)(self->end - self->at) >= size && memcmp(self->at, text, size) == 0;
}

static void add_code_point(translator_t *self, uint32_t code_point)
{
    tmesh_buffer_printf(self->out, "\\x{%x}", tmesh_schema_pattern_subject_character(code_point));
}

// One character as it is; a lone surrogate has three bytes.
static void copy_character(translator_t *self)
{
    size_t size = tmesh_utf8_size(self->at, self->end);
    if (size == 0) {
        tmesh_schema_pattern_subject_add(tmesh_bytes(self->at, 3), self->out);
        size = 3;
    } else {
        tmesh_buffer_add(self->out, self->at, size);
    }
    self->at += size;
}

// -1 unless `digits` hexadecimal ones follow; moves behind them.
static int64_t take_hexadecimal(translator_t *self, size_t digits)
{
    int64_t number = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = peek(self, i);
        char small = (char)(c | 0x20);
        if (!is_digit(c) && (small < 'a' || small > 'f')) return -1;
        number = number * 16 + (is_digit(c) ? c - '0' : small - 'a' + 10);
    }
    self->at += digits;
    return number;
}

static const char *translate_braced(translator_t *self)
{
    const char *close = memchr(self->at, '}', (size_t)(self->end - self->at));
    size_t digits = close ? (size_t)(close - self->at) - 1 : 0;
    self->at++;
    int64_t number = digits > 0 && digits <= 8 ? take_hexadecimal(self, digits) : -1;
    if (number < 0 || number > 0x10ffff) return "\\u{...} needs the number of a character";
    self->at++;
    add_code_point(self, (uint32_t)number);
    return NULL;
}

// Behind \u. Two escapes may be the halves of one character.
static const char *translate_unicode(translator_t *self)
{
    if (peek(self, 0) == '{') return translate_braced(self);
    int64_t number = take_hexadecimal(self, 4);
    if (number < 0) return "\\u needs four hexadecimal digits";
    translator_t ahead = *self;
    if (number >= 0xd800 && number < 0xdc00 && follows(self, "\\u")) {
        ahead.at += 2;
        int64_t low = take_hexadecimal(&ahead, 4);
        if (low >= 0xdc00 && low < 0xe000) {
            self->at = ahead.at;
            number = 0x10000 + ((number - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    add_code_point(self, (uint32_t)number);
    return NULL;
}

static const char *translate_property(translator_t *self, char p)
{
    const char *close = memchr(self->at, '}', (size_t)(self->end - self->at));
    if (peek(self, 0) != '{' || !close) return "\\p needs the name of a property in braces";
    tmesh_bytes_t name = tmesh_bytes(self->at + 1, (size_t)(close - self->at) - 1);
    self->at = close + 1;
    tmesh_schema_pattern_property_add(name, p == 'P', self->out);
    return NULL;
}

static const char *translate_back_reference(translator_t *self, char first)
{
    if (self->in_class) return "an octal escape is not part of ECMA-262";
    tmesh_buffer_printf(self->out, "\\g{%c", first);
    while (is_digit(peek(self, 0))) tmesh_buffer_add(self->out, self->at++, 1);
    tmesh_buffer_add(self->out, "}", 1);
    return NULL;
}

static const char *translate_spaces(translator_t *self, char s)
{
    tmesh_buffer_printf(self->out, self->in_class ? "%s" : "[%s]", s == 's' ? SPACES : NOT_SPACES);
    return NULL;
}

static const char *translate_control(translator_t *self)
{
    if (!is_letter(peek(self, 0))) return "\\c needs a letter";
    add_code_point(self, (uint32_t)(*self->at++ & 0x1f));
    return NULL;
}

static const char *translate_letter(translator_t *self, char c)
{
    int64_t number = 0;
    switch (c) {
    case 's':
    case 'S': return translate_spaces(self, c);
    case 'u': return translate_unicode(self);
    case 'p':
    case 'P': return translate_property(self, c);
    case 'c': return translate_control(self);
    case 'v': add_code_point(self, 0x0b); return NULL;
    case 'x':
        number = take_hexadecimal(self, 2);
        if (number < 0) return "\\x needs two hexadecimal digits";
        add_code_point(self, (uint32_t)number);
        return NULL;
    case 'k':
        if (self->in_class || peek(self, 0) != '<') return "\\k needs the name of a group in <>";
        break;
    default:
        if (!strchr(self->in_class ? "dDwWtnrfb" : "dDwWtnrfbB", c)) {
            return "an escaped letter that means nothing in ECMA-262";
        }
    }
    tmesh_buffer_printf(self->out, "\\%c", c);
    return NULL;
}

// At the backslash.
static const char *translate_escape(translator_t *self)
{
    self->at++;
    if (self->at == self->end) return "a backslash at the end";
    char c = *self->at;
    if (c & 0x80) {
        copy_character(self);
        return NULL;
    }
    self->at++;
    if (is_letter(c)) return translate_letter(self, c);
    if (c == '0' && is_digit(peek(self, 0))) return "an octal escape is not part of ECMA-262";
    if (c == '0' || c == 0) {
        add_code_point(self, 0);
        return NULL;
    }
    if (is_digit(c)) return translate_back_reference(self, c);
    tmesh_buffer_printf(self->out, "\\%c", c);
    return NULL;
}

// At "(?". Beside what ECMA has: (?P<name> and (?> and the flags i and m.
static const char *translate_group(translator_t *self)
{
    static const char *const known[] = {"(?:", "(?=", "(?!", "(?<", "(?P<", "(?>"};
    bool is_known = false;
    for (size_t i = 0; i < TMESH_COUNT_OF(known); i++) {
        if (follows(self, known[i])) is_known = true;
    }
    size_t flags = 2;
    while (peek(self, flags) && strchr("im-", peek(self, flags))) flags++;
    if (flags > 2 && (peek(self, flags) == ')' || peek(self, flags) == ':')) is_known = true;
    if (!is_known) return "a kind of group that ECMA-262 does not have";
    tmesh_buffer_add(self->out, "(?", 2);
    self->at += 2;
    return NULL;
}

// Does a class escape (one that stands for many characters) begin here?
static bool is_class_escape(const translator_t *self, const char *at)
{
    return self->end - at >= 2 && at[0] == '\\' && at[1] && strchr("dDwWsSpP", at[1]);
}

// A hyphen beside a class escape is a hyphen, not a range.
static const char *translate_in_class(translator_t *self)
{
    bool is_set = is_class_escape(self, self->at);
    const char *why = NULL;
    switch (*self->at) {
    case '\\': why = translate_escape(self); break;
    case '[': // PCRE2 would look for [:alpha:]
        tmesh_buffer_add_text(self->out, "\\[");
        self->at++;
        break;
    case '-':
        if (is_class_escape(self, self->at + 1)) tmesh_buffer_add_text(self->out, "\\");
        copy_character(self);
        break;
    case ']': self->in_class = false; [[fallthrough]];
    default: copy_character(self);
    }
    if (is_set && !why && peek(self, 0) == '-') {
        tmesh_buffer_add_text(self->out, "\\-");
        self->at++;
    }
    return why;
}

static const char *translate_outside(translator_t *self)
{
    if (*self->at == '\\') return translate_escape(self);
    if (follows(self, "(*")) return "nothing to repeat behind a parenthesis";
    if (follows(self, "(?")) return translate_group(self);
    if (*self->at == '.') {
        tmesh_buffer_add_text(self->out, ANY_OF_A_LINE);
        self->at++;
        return NULL;
    }
    self->in_class = *self->at == '[';
    bool is_negated = follows(self, "[^");
    copy_character(self);
    if (is_negated) copy_character(self);
    return NULL;
}

const char *tmesh_schema_pattern_text_translate(tmesh_bytes_t pattern, tmesh_buffer_t *out)
{
    const char *start = pattern.data ? pattern.data : "";
    translator_t self = {.at = start, .end = start + pattern.size, .out = out};
    while (self.at < self.end) {
        const char *why = self.in_class ? translate_in_class(&self) : translate_outside(&self);
        if (why) return why;
    }
    return NULL;
}
