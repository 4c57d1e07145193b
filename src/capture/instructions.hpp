#pragma once

#include <string>
#include <vector>

namespace xpc::capture {

/// What is told to the kernel, or to the device, so that it captures what is wanted.
struct Instructions {
    std::string language;  ///< "bpf", "ios"; empty: nothing that could be shown
    std::vector<std::string> lines;
};

}  // namespace xpc::capture
