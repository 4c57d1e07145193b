#pragma once

#include "sink/object_options.hpp"
#include "sink/s3/sigv4.hpp"

namespace xpc::sink::s3 {

/// The headers by which PutObject and CreateMultipartUpload are told what the object is to be.
/// `late` is metadata besides that of the options.
[[nodiscard]] Fields object_headers(const ObjectOptions& options, const Labels& late);

}  // namespace xpc::sink::s3
