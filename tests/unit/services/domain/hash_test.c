#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/domain/hash.h"

static tmesh_hash_t of(const char *a, const char *b)
{
    const tmesh_bytes_t parts[] = {tmesh_bytes_of_text(a), tmesh_bytes_of_text(b)};
    return tmesh_hash_of_parts(parts, 2);
}

static void equal_parts_are_equal_hashes(void **state)
{
    (void)state;
    tmesh_hash_t one = of("shop", "order");
    tmesh_hash_t two = of("shop", "order");
    assert_memory_equal(&one, &two, sizeof one);
}

static void parts_do_not_run_together(void **state)
{
    (void)state;
    tmesh_hash_t ab_c = of("ab", "c");
    tmesh_hash_t a_bc = of("a", "bc");
    tmesh_hash_t abc_ = of("abc", "");
    tmesh_hash_t _abc = of("", "abc");
    tmesh_bytes_t whole = tmesh_bytes_of_text("abc");
    tmesh_hash_t alone = tmesh_hash_of_parts(&whole, 1);
    assert_memory_not_equal(&ab_c, &a_bc, sizeof ab_c);
    assert_memory_not_equal(&abc_, &_abc, sizeof abc_);
    assert_memory_not_equal(&abc_, &alone, sizeof abc_);
}

// Stored by every release: identities and queues must be found again.
static void the_hash_never_changes(void **state)
{
    (void)state;
    tmesh_hash_text_t text;
    tmesh_hash_t hash = of("shop", "order");
    assert_string_equal(tmesh_hash_format(hash.bytes, text), 
                        "5eb1269a920ac7db3156bff14d719205023618b11af8891b44b7339480e22023");
    assert_int_equal(strlen(text), TMESH_HASH_TEXT_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_parts_are_equal_hashes),
        cmocka_unit_test(parts_do_not_run_together),
        cmocka_unit_test(the_hash_never_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
