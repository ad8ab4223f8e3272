// The control of wrong_reply.c: the message's own reply comes back.
#include "tests/compile/whole_contract.h"

int main(int count, char **arguments)
{
    (void)arguments;
    tmesh_finalize_task_request_t request = {0};
    tmesh_finalize_task_reply_t reply = {0};
    return count > 100 ? tmesh_call_finalize_task(NULL, &request, &reply, NULL, 1000) : TMESH_OK;
}
