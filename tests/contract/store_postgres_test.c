// The suite of all stores, on a PostgreSQL of its own; then what is PostgreSQL's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/memory.h"
#include "tests/support/store_postgres_place.h"
#include "tests/support/store_suite.h"

int main(void)
{
    return tmesh_store_suite_run(&tmesh_store_postgres_database);
}
