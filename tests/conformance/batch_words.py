"""Words for batches: the templates, and what a batchable answers."""

from scenario import step

RUNNING = ("enqueued", "in_progress", "waiting_for_retry")


def batchable(name, *after, worker="work", **fields):
    return step(name, *after, type="batchable", initialization={"worker_template_name": worker}, **fields)


def batch_worker(name, *after, parallelism=10, failure_strategy="fail_fast", **fields):
    return step(name, *after, type="batch_worker", batch_config={
        "batch_size": 10, "parallelism": parallelism, "cursor_field": "id", "worker_template": name,
        "failure_strategy": failure_strategy}, **fields)


def converges(name, *after):
    return step(name, *after, type="deferred_convergence")


def batches(**fields):
    """analyze -> work_... -> sum; the fields are those of the workers."""
    return batchable("analyze"), batch_worker("work", "analyze", **fields), converges("sum", "work")


def cursor(batch_id, start=0, end=10):
    return {"batch_id": str(batch_id), "start_cursor": start, "end_cursor": end, "batch_size": 10}


def create_batches(*ids, **fields):
    return {"batch_processing_outcome": dict({
        "type": "create_batches", "worker_count": len(ids),
        "cursor_configs": [cursor(batch_id) for batch_id in ids]}, **fields)}


def no_batches():
    return {"batch_processing_outcome": {"type": "no_batches"}}


def workers_of(states):
    """Who of a batch holds a slot."""
    return sorted(name for name, state in states.items()
                  if name.startswith("work_") and state in RUNNING)
