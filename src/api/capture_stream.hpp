#pragma once

#include "api/http.hpp"
#include "base/error.hpp"
#include "job/events.hpp"
#include "job/supervisor.hpp"
#include "sink/sinks.hpp"

namespace xpc::api {

/// What the capture of a job that has not been delivered has on the disk, from the beginning, and
/// then what comes, until it ends. One that is cut into several files is followed from the
/// beginning of the current one as if it were one file. Whoever reads slowly delays nobody; where a
/// file has gone before it was begun to be read, the stream breaks.
/// Lifetime: all that it is given outlives it.
[[nodiscard]] std::unique_ptr<BodyStream> capture_stream(job::Supervisor& supervisor,
                                                         job::Events& events,
                                                         const sink::Sinks& sinks,
                                                         const job::Job& job);

}  // namespace xpc::api
