// The control of dropped_error.c: an error that somebody looks at.
#include "tests/compile/whole_contract.h"

int main(int count, char **arguments)
{
    (void)arguments;
    if (count < 100) return 0;
    tmesh_finalize_task_request_t request = {0};
    tmesh_err_t err = tmesh_tell_finalize_task(NULL, &request);
    return err ? 1 : 0;
}
