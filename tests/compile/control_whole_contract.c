// The control of unanswered_message_link.c: when each message has an answer, the program links.
#include "tests/compile/whole_contract.h"

static const tmesh_message_type_t *const messages[] = {TMESH_CONTRACT(ADDRESS_OF)};

int main(int count, char **arguments)
{
    (void)arguments;
    size_t any = (size_t)count % (sizeof messages / sizeof *messages); // so none is optimized away
    return messages[any]->handle ? 0 : 1;
}
