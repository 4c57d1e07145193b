#pragma once

#include "base/error.hpp"
#include "job/job.hpp"
#include "job/token.hpp"

namespace xpc::job {

/// Whether a capture may be asked for by somebody with these limits; then the request has them in
/// it: the most bytes where it had no limit, and the filter beside its own.
/// Errors: forbidden, with the limit and the request's member that is beyond it; invalid_value for
///         a filter that would not stay within its parentheses.
[[nodiscard]] base::Result<void> apply(const JobLimits& limits, JobRequest& request);

/// Whether each parenthesis of an expression has its other one, in their order: then what is
/// between two others stays there. Nothing in pcap-filter(7) makes one mean something else.
[[nodiscard]] bool is_closed(std::string_view expression) noexcept;

/// The same of a duration alone, for a job that there is already.
[[nodiscard]] base::Result<void> check_duration(const JobLimits& limits,
                                                std::chrono::milliseconds duration);

}  // namespace xpc::job
