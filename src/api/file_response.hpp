#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "api/http.hpp"
#include "base/error.hpp"

namespace xpc::api {

/// A capture file as a reply: Range, ETag, If-None-Match, If-Range, Last-Modified (RFC 9110).
/// Errors: not_found, range_not_satisfiable (as a reply, with Content-Range).
[[nodiscard]] base::Result<Response> file_response(const Request& request,
                                                   const std::filesystem::path& path,
                                                   const std::string& download_name);

/// Likewise, of a capture file that grows: its first so many bytes, which will not change.
/// `etag`: of these, without quotes.
[[nodiscard]] base::Result<Response> growing_file_response(const Request& request,
                                                           const std::filesystem::path& path,
                                                           const std::string& download_name,
                                                           std::uint64_t bytes,
                                                           const std::string& etag);

/// Likewise, of a text that may still grow.
[[nodiscard]] base::Result<Response> text_response(const Request& request,
                                                   const std::filesystem::path& path);

}  // namespace xpc::api
