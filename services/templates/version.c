// Semantic-versioning order; declared in parse.h.
#include <string.h>

#include "services/templates/parse.h"

// A run of characters between two separators.
typedef struct {
    const char *text;
    size_t size;
} part_t;

typedef struct {
    part_t numbers[3];
    part_t release; // behind the hyphen; size 0: a finished version
} version_t;

static bool is_number(part_t part)
{
    if (part.size == 0) return false;
    for (size_t i = 0; i < part.size; i++) {
        if (part.text[i] < '0' || part.text[i] > '9') return false;
    }
    return true;
}

static bool is_word(part_t part)
{
    static const char allowed[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
    return part.size > 0 && strspn(part.text, allowed) >= part.size;
}

// The text up to the next dot, taken off the front of *rest.
static part_t take_part(part_t *rest)
{
    const char *dot = memchr(rest->text, '.', rest->size);
    part_t part = {rest->text, dot ? (size_t)(dot - rest->text) : rest->size};
    size_t used = dot ? part.size + 1 : part.size;
    *rest = (part_t){rest->text + used, rest->size - used};
    return part;
}

static bool are_words(part_t list, bool are_ordered)
{
    bool ends_with_dot = list.size > 0 && list.text[list.size - 1] == '.';
    if (list.size == 0 || ends_with_dot) return false;
    while (list.size > 0) {
        part_t word = take_part(&list);
        bool has_leading_zero = is_number(word) && word.size > 1 && word.text[0] == '0';
        if (!is_word(word) || (are_ordered && has_leading_zero)) return false;
    }
    return true;
}

static bool parse(const char *text, version_t *version)
{
    part_t rest = {text, strcspn(text, "+")};
    if (text[rest.size]) {
        part_t build = {text + rest.size + 1, strlen(text + rest.size + 1)};
        if (!are_words(build, false)) return false;
    }
    *version = (version_t){0};
    const char *hyphen = memchr(rest.text, '-', rest.size);
    if (hyphen) {
        size_t before = (size_t)(hyphen - rest.text);
        version->release = (part_t){hyphen + 1, rest.size - before - 1};
        if (!are_words(version->release, true)) return false;
        rest.size = before;
    }
    for (int i = 0; i < 3; i++) {
        bool ends_early = i < 2 && !memchr(rest.text, '.', rest.size);
        part_t number = take_part(&rest);
        if (ends_early || !is_number(number)) return false;
        if (number.size > 1 && number.text[0] == '0') return false;
        version->numbers[i] = number;
    }
    return rest.size == 0 && version->numbers[2].text[version->numbers[2].size] != '.';
}

static int sign(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

// Without leading zeros the longer number is the greater one, whatever its length.
static int compare_numbers(part_t a, part_t b)
{
    return a.size != b.size ? sign(a.size, b.size) : memcmp(a.text, b.text, a.size);
}

static int compare_words(part_t a, part_t b)
{
    if (is_number(a) && is_number(b)) return compare_numbers(a, b);
    if (is_number(a) != is_number(b)) return is_number(a) ? -1 : 1;
    int order = memcmp(a.text, b.text, a.size < b.size ? a.size : b.size);
    return order ? order : sign(a.size, b.size);
}

static int compare_releases(part_t a, part_t b)
{
    if (a.size == 0 || b.size == 0) return sign(a.size == 0, b.size == 0);
    while (a.size > 0 && b.size > 0) {
        int order = compare_words(take_part(&a), take_part(&b));
        if (order) return order;
    }
    return sign(a.size > 0, b.size > 0);
}

int tmesh_template_version_compare(const char *a, const char *b)
{
    version_t left;
    version_t right;
    bool left_is_version = parse(a, &left);
    bool right_is_version = parse(b, &right);
    if (!left_is_version && !right_is_version) return strcmp(a, b);
    if (left_is_version != right_is_version) return left_is_version ? 1 : -1;
    for (int i = 0; i < 3; i++) {
        int order = compare_numbers(left.numbers[i], right.numbers[i]);
        if (order) return order;
    }
    return compare_releases(left.release, right.release);
}
