#pragma once

#include <optional>
#include <string>

#include <boost/beast/http/message.hpp>
#include <boost/system/error_code.hpp>

#include "api/http_server.hpp"
#include "base/error.hpp"

namespace xpc::api {

// Private to http_connection.cpp: why what a client sends is no request that can be answered.

/// What its client is told before the connection ends.
struct RequestFault {
    int status = 400;
    base::Errc errc = base::Errc::malformed_request;
    std::string message;
};

/// Of a header that the parser took, and that two programs might understand in two ways: where such
/// a request ends, whom it is for, or who sent it. One that was let through could carry another one
/// behind what a proxy in front of us has checked.
/// Source: RFC 9112, 3.2 (Host), 6.1 and 6.3 (Transfer-Encoding); RFC 9110, 5.3 (repeated fields)
[[nodiscard]] std::optional<RequestFault> header_fault(
    const boost::beast::http::request_header<>& header);

/// Of what the parser did not take. `has_target`: it had come to the end of the request line.
/// Nothing, where there is nobody to tell: the connection is gone, or ended between two requests.
[[nodiscard]] std::optional<RequestFault> reading_fault(const boost::system::error_code& error,
                                                        const HttpServerOptions& options,
                                                        bool has_target);

/// Of a client that took longer than it may.
[[nodiscard]] RequestFault late_fault(const HttpServerOptions& options);

/// The reply to what is one too many, for now.
[[nodiscard]] Response too_many(const HttpServerOptions& options, std::string message,
                                std::chrono::seconds pause);

}  // namespace xpc::api
