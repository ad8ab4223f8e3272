// A sum over a file's numbers, computed by C++ functions of this program, with events as they come.
// What a handler throws becomes the failure of its step.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <taskmesh/runtime.h>

namespace {

const std::string add_template = R"(
name: add
namespace_name: math
version: 1.0.0
steps:
  - {name: left, handler: {callable: half}}
  - {name: right, handler: {callable: half}}
  - {name: sum, handler: {callable: sum}, dependencies: [left, right]}
)";

tmesh_view_t view(const std::string &text)
{
    return tmesh_view(text.data(), text.size());
}

std::string text(tmesh_view_t bytes)
{
    return bytes.data ? std::string(bytes.data, bytes.size) : std::string();
}

struct Failure : std::runtime_error {
    explicit Failure(const tmesh_error_t &error)
        : std::runtime_error(std::string(error.message) + " (" + error.code + ")")
    {
    }
};

using Handler = std::function<std::string(const tmesh_worker_run_t &)>;

// Exceptions must not pass through C.
extern "C" void run_handler(void *context, const tmesh_worker_run_t *run, tmesh_step_reply_t *reply)
{
    try {
        tmesh_step_succeed(reply, view((*static_cast<Handler *>(context))(*run)));
    } catch (const std::exception &error) {
        tmesh_worker_failure_t failure{};
        failure.message = error.what();
        failure.error_type = "exception";
        tmesh_step_fail(reply, &failure);
    }
}

extern "C" void count_event(void *context, const tmesh_event_t *)
{
    ++*static_cast<int *>(context);
}

struct Close {
    void operator()(tmesh_runtime_t *runtime) const { tmesh_runtime_close(&runtime); }
    void operator()(tmesh_runtime_task_t *task) const { tmesh_runtime_task_destroy(&task); }
};

void check(int failed, const tmesh_error_t &error)
{
    if (failed) throw Failure(error);
}

void run()
{
    // The handlers outlive the runtime, which uses them until it is closed.
    Handler half = [](const tmesh_worker_run_t &step) {
        return std::to_string(std::atoi(text(step.context).c_str() + 5) / 2); // {"n":N}
    };
    Handler sum = [](const tmesh_worker_run_t &step) {
        int total = 0;
        for (size_t i = 0; i < step.dependency_count; ++i) {
            total += std::stoi(text(step.dependency_results[i]));
        }
        if (total < 0) throw std::domain_error("a negative sum");
        return std::to_string(total);
    };
    int events = 0;
    tmesh_error_t error{};
    std::unique_ptr<tmesh_runtime_t, Close> runtime(tmesh_runtime_open(nullptr, &error));
    if (!runtime) throw Failure(error);
    check(tmesh_runtime_put_template(runtime.get(), "add.yaml", view(add_template), &error), error);
    const tmesh_handler_t handlers[] = {{"half", run_handler, &half}, {"sum", run_handler, &sum}};
    check(tmesh_runtime_serve(runtime.get(), "math", handlers, 2, 2, &error), error);
    tmesh_subscription_t *subscription =
        tmesh_runtime_subscribe(runtime.get(), "task.math.", count_event, &events, &error);
    if (!subscription) throw Failure(error);
    for (const std::string context : {R"({"n":12})", R"({"n":-12})"}) {
        tmesh_client_task_t order{};
        order.namespace_name = "math";
        order.name = "add";
        order.context = view(context);
        char task_uuid[TMESH_UUID_BYTES];
        check(tmesh_runtime_submit(runtime.get(), &order, task_uuid, &error), error);
        tmesh_runtime_task_t *found = nullptr;
        check(tmesh_runtime_wait(runtime.get(), task_uuid, -1, &found, &error), error);
        std::unique_ptr<tmesh_runtime_task_t, Close> task(found);
        const tmesh_runtime_step_t *step = tmesh_runtime_task_step(task.get(), "sum");
        std::printf("%s: %s, sum: %s%s\n", context.c_str(), task->status,
                    text(step->result).c_str(), step->error_message);
    }
    runtime.reset(); // after the last event
    std::printf("%s\n", events > 0 ? "events were told" : "no events");
}

} // namespace

int main()
{
    try {
        run();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
