// services/wire/messages.h - every message between actors: a request and a reply each, by who answers.
// Whatever a struct points to lives in its arena (first member, may be NULL) and goes with it.
#ifndef TMESH_SERVICES_WIRE_MESSAGES_H
#define TMESH_SERVICES_WIRE_MESSAGES_H

#include "services/wire/messages_archivist.h"
#include "services/wire/messages_gateway.h"
#include "services/wire/messages_publisher.h"
#include "services/wire/messages_reader.h"
#include "services/wire/messages_result_processor.h"
#include "services/wire/messages_step_enqueuer.h"
#include "services/wire/messages_task_finalizer.h"
#include "services/wire/messages_task_request.h"

#endif
