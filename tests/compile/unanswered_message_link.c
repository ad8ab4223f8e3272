// expect: undefined reference to .tmesh_message_forgotten
// One more line in the contract, and no actor that answers it.
#include "tests/compile/whole_contract.h"

typedef struct {
    tmesh_arena_t *arena;
} tmesh_forgotten_request_t;
typedef struct {
    tmesh_arena_t *arena;
} tmesh_forgotten_reply_t;

#define LONGER_CONTRACT(X)                                                                         \
    TMESH_CONTRACT(X)                                                                              \
    X(task_finalizer, forgotten)

TMESH_MESSAGE(task_finalizer, forgotten)

static const tmesh_message_type_t *const messages[] = {LONGER_CONTRACT(ADDRESS_OF)};

int main(int count, char **arguments)
{
    (void)arguments;
    size_t any = (size_t)count % (sizeof messages / sizeof *messages); // so none is optimized away
    return messages[any]->handle ? 0 : 1;
}
