#pragma once

#include <string>
#include <vector>

#include "base/finding.hpp"
#include "capture/engine.hpp"
#include "capture/instructions.hpp"
#include "job/job.hpp"

namespace xpc::job {

/// What would become of a request, without anything of it being kept.
struct Rehearsal {
    struct Source {
        capture::Description description;
        capture::Instructions instructions;
    };

    Job job;  ///< of no real id and number, and with a key as of now
    std::vector<Source> sources;
    std::vector<base::Finding> findings;  ///< whether what it needs is there
};

}  // namespace xpc::job
