// tests/simulation/support/shapes.h - templates that several simulations run.
#ifndef TMESH_TESTS_SIMULATION_SUPPORT_SHAPES_H
#define TMESH_TESTS_SIMULATION_SUPPORT_SHAPES_H

#define SHAPE_LINEAR                                                                               \
    "name: linear\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                  \
    "  - {name: a, handler: {callable: work}}\n"                                                   \
    "  - {name: b, handler: {callable: work}, dependencies: [a]}\n"                                \
    "  - {name: c, handler: {callable: work}, dependencies: [b]}\n"                                \
    "  - {name: d, handler: {callable: work}, dependencies: [c]}\n"

#define SHAPE_DIAMOND                                                                              \
    "name: diamond\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                 \
    "  - {name: start, handler: {callable: work}}\n"                                               \
    "  - {name: left, handler: {callable: work}, dependencies: [start]}\n"                         \
    "  - {name: right, handler: {callable: work}, dependencies: [start]}\n"                        \
    "  - {name: end, handler: {callable: work}, dependencies: [left, right]}\n"

// Steps have three attempts, a second apart.
#define SHAPE_PATIENT                                                                              \
    "name: patient\nnamespace_name: sim\nversion: 1.0.0\nsteps:\n"                                 \
    "  - name: try\n    handler: {callable: work}\n    timeout_seconds: 60\n"                      \
    "    retry: {max_attempts: 3, backoff: linear, backoff_base_ms: 1000}\n"                       \
    "  - {name: after, handler: {callable: work}, dependencies: [try]}\n"

#endif
