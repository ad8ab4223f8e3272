// client/inside.h - clients and workers that live in the process of their server.
// They connect to an inproc endpoint through the server's own libzmq context, which is lent and must
// outlive them. Everything else is as in include/taskmesh/.
#ifndef TMESH_CLIENT_INSIDE_H
#define TMESH_CLIENT_INSIDE_H

#include "runtime/base/error.h"
#include "taskmesh/worker.h"

// While `stop_fd` (lent) is readable no request waits: it ends with the error code "interrupted".
tmesh_client_t *tmesh_client_open_inside(const tmesh_client_options_t *options, void *zmq,
                                         int stop_fd);
tmesh_worker_t *tmesh_worker_open_inside(const tmesh_worker_options_t *options, void *zmq,
                                         char *error, size_t error_size);

// May it be told by tmesh_worker_beat? *fault_p (yours) says why not. Any thread.
tmesh_err_t tmesh_worker_check_progress(tmesh_view_t progress, tmesh_fault_t **fault_p);

#endif
