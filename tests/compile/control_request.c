// The control of wrong_request.c: the message's own request is taken.
#include "tests/compile/whole_contract.h"

int main(int count, char **arguments)
{
    (void)arguments;
    tmesh_finalize_task_request_t request = {0};
    return count > 100 ? tmesh_tell_finalize_task(NULL, &request) : TMESH_OK;
}
