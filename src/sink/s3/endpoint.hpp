#pragma once

#include <optional>
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

/// Shape:  `endpoint` is "http(s)://HOST[:PORT]"; empty means AWS. Where `path_style` is not given,
///         a bucket of AWS is part of the host's name, unless https and a dot in the bucket's name
///         keep its certificate from fitting; others have it in the path. It can be no part of an
///         IP address in any case.
/// Source: AWS, "Virtual hosting of general purpose buckets".
[[nodiscard]] BucketAddress bucket_address(std::string_view endpoint, std::string_view region,
                                           std::string_view bucket, std::optional<bool> path_style);

/// Which of AWS's ways to S3.
struct AwsVariant {
    bool fips = false;
    bool dual_stack = false;  ///< IPv6, too
};

/// "https://s3.REGION.amazonaws.com", and for other variants and partitions what they have.
/// Source: AWS General Reference, "Amazon S3 endpoints and quotas".
[[nodiscard]] std::string aws_endpoint(std::string_view region, AwsVariant variant = {});

/// What the names of a region's hosts end with: "amazonaws.com".
[[nodiscard]] std::string_view aws_domain(std::string_view region) noexcept;

/// Whether it is a host of AWS that an endpoint names; an empty one is AWS.
[[nodiscard]] bool is_aws(std::string_view endpoint) noexcept;

/// Whether it may be a region's name, which becomes part of a host name and of a signature's scope.
[[nodiscard]] bool is_region(std::string_view region) noexcept;

/// `raw` without a final slash, scheme and host in lower case.
/// Errors: invalid_value, with what is wrong, unless it is "http(s)://HOST[:PORT]" and no more.
[[nodiscard]] base::Result<std::string> checked_endpoint(std::string_view raw);

}  // namespace xpc::sink::s3
