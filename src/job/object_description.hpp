#pragma once

#include "job/job.hpp"
#include "sink/object_options.hpp"

namespace xpc::job {

// What an object in S3 says of its capture, as metadata: who reads the bucket need not ask us.

/// What was asked for of the job's objects, and who asked for them, where, and why.
[[nodiscard]] sink::ObjectOptions described_object(const Job& job);

/// What is known only when the capture has ended.
[[nodiscard]] sink::Labels described(const Counters& counters);
[[nodiscard]] sink::Labels described(const Segment& segment);

}  // namespace xpc::job
