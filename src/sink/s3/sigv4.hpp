#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace xpc::sink::s3 {

struct Credentials {
    std::string access_key;
    std::string secret_key;
    std::string session_token;  ///< empty: none
};

/// Names and values, as they are before any encoding.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// A request, before it is signed.
/// Shape: `path` starts with a slash and is percent-encoded, as it is sent; `query` is not encoded;
///        names in `headers` are in any case, each once, "Host" among them.
struct Unsigned {
    std::string method = "GET";
    std::string path;
    Fields query;
    Fields headers;
    std::string payload_hash;  ///< SHA-256 of the body in hex, or unsigned_payload
};

inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

struct SigningScope {
    std::string region;
    std::string service = "s3";
    base::WallTime when;
};

/// "a=1&b=%20", sorted as it is signed: send it like this.
[[nodiscard]] std::string canonical_query(const Fields& query);

/// "content-type;host;x-amz-date": the names that are signed.
[[nodiscard]] std::string signed_headers(const Fields& headers);

[[nodiscard]] std::string canonical_request(const Unsigned& request);

[[nodiscard]] std::string string_to_sign(const SigningScope& scope, std::string_view canonical);

/// The signature in hex.
[[nodiscard]] std::string signature(const Credentials& credentials, const SigningScope& scope,
                                    std::string_view to_sign);

/// Adds x-amz-date, x-amz-content-sha256, x-amz-security-token (where there is one) and
/// Authorization to `request.headers`.
/// Source: AWS, "Create a signed AWS API request" and "Authenticating Requests: Using the
///         Authorization Header (AWS Signature Version 4)".
void sign(Unsigned& request, const Credentials& credentials, const SigningScope& scope);

/// The query string that lets anyone fetch `path` from `host` for so long.
/// Shape:  `lifetime` is 1 s to 7 days.
/// Source: AWS, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
[[nodiscard]] std::string presigned_query(std::string_view method, std::string_view host,
                                          std::string_view path, const Credentials& credentials,
                                          const SigningScope& scope, std::chrono::seconds lifetime);

}  // namespace xpc::sink::s3
