#include "services/templates/schema_pattern_property.h"

#include <string.h>

#include "runtime/base/memory.h"

// General categories by their aliases in the Unicode Character Database.
static const struct {
    const char *name;
    const char *letters; // as PCRE2 writes it
} categories[] = {
    {"Cased_Letter", "L&"}, {"LC", "L&"},
    {"Close_Punctuation", "Pe"}, {"Connector_Punctuation", "Pc"},
    {"Control", "Cc"}, {"cntrl", "Cc"},
    {"Currency_Symbol", "Sc"}, {"Dash_Punctuation", "Pd"},
    {"Decimal_Number", "Nd"}, {"digit", "Nd"},
    {"Enclosing_Mark", "Me"}, {"Final_Punctuation", "Pf"},
    {"Format", "Cf"}, {"Initial_Punctuation", "Pi"},
    {"Letter", "L"}, {"Letter_Number", "Nl"},
    {"Line_Separator", "Zl"}, {"Lowercase_Letter", "Ll"},
    {"Mark", "M"}, {"Combining_Mark", "M"},
    {"Math_Symbol", "Sm"}, {"Modifier_Letter", "Lm"},
    {"Modifier_Symbol", "Sk"}, {"Nonspacing_Mark", "Mn"},
    {"Number", "N"}, {"Open_Punctuation", "Ps"},
    {"Other", "C"}, {"Other_Letter", "Lo"},
    {"Other_Number", "No"}, {"Other_Punctuation", "Po"},
    {"Other_Symbol", "So"}, {"Paragraph_Separator", "Zp"},
    {"Private_Use", "Co"}, {"Punctuation", "P"},
    {"punct", "P"}, {"Separator", "Z"},
    {"Space_Separator", "Zs"}, {"Spacing_Mark", "Mc"},
    {"Surrogate", "Cs"}, {"Symbol", "S"},
    {"Titlecase_Letter", "Lt"}, {"Unassigned", "Cn"},
    {"Uppercase_Letter", "Lu"},
};

static bool cut_prefix(tmesh_bytes_t *name, const char *prefix)
{
    size_t size = strlen(prefix);
    if (name->size < size || memcmp(name->data, prefix, size) != 0) return false;
    *name = tmesh_bytes(name->data + size, name->size - size);
    return true;
}

void tmesh_schema_pattern_property_add(tmesh_bytes_t name, bool is_negated, tmesh_buffer_t *out)
{
    if (!cut_prefix(&name, "General_Category=")) cut_prefix(&name, "gc=");
    if (tmesh_bytes_equal_text(name, "Assigned")) { // PCRE2 has a name for the opposite only
        tmesh_buffer_add_text(out, is_negated ? "\\p{Cn}" : "\\P{Cn}");
        return;
    }
    for (size_t i = 0; i < TMESH_COUNT_OF(categories); i++) {
        if (tmesh_bytes_equal_text(name, categories[i].name)) {
            name = tmesh_bytes_of_text(categories[i].letters);
            break;
        }
    }
    tmesh_buffer_add_text(out, is_negated ? "\\P{" : "\\p{");
    tmesh_buffer_add(out, name.data, name.size);
    tmesh_buffer_add(out, "}", 1);
}
