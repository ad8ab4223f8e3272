// runtime/linger.h - stays awake for moments, for what is about to come. Private to runtime/.
//
// Sleeping and being woken costs far more than most answers take, above all on another core. So look
// again a few times first, yielding in between: whoever has work on this core does it meanwhile. The
// limit is a time: with others to run, one yield may be long, and then sleeping is right.
#ifndef TMESH_RUNTIME_LINGER_H
#define TMESH_RUNTIME_LINGER_H

#include <stdbool.h>

typedef bool tmesh_is_there_t(const void *what);

// Has it come?
bool tmesh_linger(tmesh_is_there_t *is_there, const void *what);

#endif
