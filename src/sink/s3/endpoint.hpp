#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace xpc::sink::s3 {

/// Where the requests of one bucket go.
struct BucketAddress {
    std::string origin;       ///< "https://HOST[:PORT]": the URL's first half
    std::string host;         ///< the Host header as it is sent and signed; no default port
    std::string path_prefix;  ///< "/BUCKET" in path style, else ""
};

/// Shape:  `endpoint` is "http(s)://HOST[:PORT]"; empty means AWS.
/// Source: AWS, "Virtual hosting of general purpose buckets".
[[nodiscard]] BucketAddress bucket_address(std::string_view endpoint, std::string_view region,
                                           std::string_view bucket, bool path_style);

/// Whether the endpoint is one of Amazon's own.
[[nodiscard]] bool is_aws(std::string_view endpoint) noexcept;

/// Whether it may be a region's name, which becomes part of a host name and of a signature's scope.
[[nodiscard]] bool is_region(std::string_view region) noexcept;

/// `raw` without a final slash, scheme and host in lower case.
/// Errors: invalid_value, with what is wrong, unless it is "http(s)://HOST[:PORT]" and no more.
[[nodiscard]] base::Result<std::string> checked_endpoint(std::string_view raw);

}  // namespace xpc::sink::s3
