// services/wire/contract.h - who answers what. One line per message; each becomes typed verbs, a
// handler type and an address (runtime/message.h).
#ifndef TMESH_SERVICES_WIRE_CONTRACT_H
#define TMESH_SERVICES_WIRE_CONTRACT_H

#include "runtime/context.h"
#include "services/wire/messages.h"

//    answered by         message
#define TMESH_CONTRACT(X)                                                                          \
    X(task_request, process_task_request)                                                          \
    X(task_request, put_template)                                                                  \
    X(result_processor, process_step_result)                                                       \
    X(result_processor, note_steps_sent)                                                           \
    X(result_processor, save_checkpoint)                                                           \
    X(step_enqueuer, process_batch)                                                                \
    X(step_enqueuer, credit_changed)                                                               \
    X(step_enqueuer, wake_at)                                                                      \
    X(task_finalizer, finalize_task)                                                               \
    X(task_finalizer, cancel_task)                                                                 \
    X(task_finalizer, act_on_step)                                                                 \
    X(task_finalizer, act_on_task)                                                                 \
    X(task_finalizer, act_on_queue)                                                                \
    X(task_finalizer, update_dlq)                                                                  \
    X(gateway, dispatch_steps)                                                                     \
    X(gateway, cancel_runs)                                                                        \
    X(gateway, task_settled)                                                                       \
    X(gateway, close_door)                                                                         \
    X(gateway, list_held)                                                                          \
    X(archivist, back_up)                                                                          \
    X(publisher, publish)                                                                          \
    X(publisher, take_subscriptions)                                                               \
    X(reader_actor, query_task)                                                                          \
    X(reader_actor, query_events)                                                                        \
    X(reader_actor, query_audit)                                                                         \
    X(reader_actor, query_inputs)                                                                  \
    X(reader_actor, query_tasks)                                                                         \
    X(reader_actor, find_tasks)                                                                    \
    X(reader_actor, query_templates)                                                                     \
    X(reader_actor, query_queues)                                                                  \
    X(reader_actor, query_doctor)                                                                  \
    X(reader_actor, query_dlq)                                                                     \
    X(reader_actor, query_node)                                                                    \
    X(reader_actor, query_metrics)

TMESH_CONTRACT(TMESH_MESSAGE)

#endif
