#pragma once

#include <string>
#include <string_view>

#include "sink/object_options.hpp"
#include "sink/s3/sigv4.hpp"

namespace xpc::sink::s3 {

/// The headers by which PutObject and CreateMultipartUpload are told what the object is to be.
/// `late` is metadata besides that of the options.
[[nodiscard]] Fields object_headers(const ObjectOptions& options, const Labels& late);

/// As it is sent: metadata is US-ASCII, without spaces around it; what is more goes as RFC 2047 has
/// it. Source: AWS, "Working with object metadata".
[[nodiscard]] std::string metadata_value(std::string_view value);

/// The value of x-amz-tagging.
[[nodiscard]] std::string tagging(const Labels& tags);

}  // namespace xpc::sink::s3
