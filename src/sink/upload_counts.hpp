#pragma once

#include "base/metrics.hpp"

namespace xpc::sink {

/// What became of multipart uploads that were open when something else happened.
/// Threads: any.
struct UploadCounts {
    base::Counter resumed;        ///< gone on with, behind the parts that the store had
    base::Counter aborted;        ///< given up, and the store keeps nothing of it
    base::Counter aborts_failed;  ///< left open; tried again at the next start
    base::Counter parts_failed;   ///< and sent again
};

}  // namespace xpc::sink
