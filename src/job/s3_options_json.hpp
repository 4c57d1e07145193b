#pragma once

#include <string>

#include "base/json.hpp"
#include "job/job.hpp"

namespace xpc::job {

/// What a request asks of S3, as the API shows it and the store of jobs keeps it:
/// `{"storage_class","encryption","kms_key","bucket_owner","tags","metadata"}`, null for what is
/// not asked for, and for all of it where nothing is.
[[nodiscard]] base::Json s3_options_json(const JobRequest& request);

/// Reads back what s3_options_json() has written. What is not there stays as it is.
void read_s3_options(const std::string& stored, JobRequest& request);

}  // namespace xpc::job
