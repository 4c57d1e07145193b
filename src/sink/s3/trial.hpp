#pragma once

#include <string>
#include <vector>

#include "base/finding.hpp"
#include "base/stop.hpp"
#include "sink/sinks.hpp"

namespace xpc::sink::s3 {

/// Does with a bucket what a delivery does, with objects of a few bytes whose keys begin with
/// "xepacketcap-check-", and removes them. What comes after a step that fails is not tried, but
/// for the removal; that it is not allowed is no fault, and what stays is named.
/// Errors:   are in the findings, one for each step.
/// Blocking: some ten seconds for each step where the store is away.
[[nodiscard]] std::vector<base::Finding> try_bucket(const S3Options& options,
                                                    const std::string& bucket,
                                                    const base::Stop& stop);

}  // namespace xpc::sink::s3
