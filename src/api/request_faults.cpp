#include "api/request_faults.hpp"

#include <array>
#include <iterator>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include "base/text.hpp"

namespace xpc::api {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using base::text;

constexpr unsigned http_1_1 = 11;  // as Beast has it

/// Those that we look at, and that have one value.
constexpr std::array singular{http::field::host,     http::field::authorization,
                              http::field::origin,   http::field::content_type,
                              http::field::range,    http::field::if_range,
                              http::field::if_match, http::field::transfer_encoding};

RequestFault malformed(std::string message) {
    return {.status = 400, .errc = base::Errc::malformed_request, .message = std::move(message)};
}

}  // namespace

std::optional<RequestFault> header_fault(const http::request_header<>& header) {
    for (const http::field name : singular) {
        if (header.count(name) > 1) {
            return malformed(text("header: has ", std::string(http::to_string(name)), " twice"));
        }
    }
    if (header.count("Idempotency-Key") > 1) {
        return malformed("header: has Idempotency-Key twice");
    }
    if (header.version() >= http_1_1 && header.count(http::field::host) == 0) {
        return malformed("header: has no Host");
    }
    const auto coding = header.find(http::field::transfer_encoding);
    if (coding == header.end()) return std::nullopt;
    if (header.version() < http_1_1) {
        return malformed("Transfer-Encoding: HTTP/1.0 has none");
    }
    if (!beast::iequals(coding->value(), "chunked")) {
        return RequestFault{
            .status = 501,
            .errc = base::Errc::malformed_request,
            .message = text("Transfer-Encoding ", base::quoted(std::string(coding->value())),
                            ": only chunked is understood")};
    }
    return std::nullopt;
}

std::optional<RequestFault> reading_fault(const boost::system::error_code& error,
                                          const HttpServerOptions& options, bool has_target) {
    const bool is_http = error.category() == make_error_code(http::error::bad_method).category();
    if (!is_http || error == http::error::end_of_stream) return std::nullopt;
    if (error == http::error::partial_message) return malformed("the request breaks off");
    if (error == http::error::body_limit || error == http::error::buffer_overflow) {
        return RequestFault{.status = 413,
                            .errc = base::Errc::body_too_large,
                            .message = text("body: is larger than ", options.body_bytes, " bytes")};
    }
    if (error == http::error::header_limit) {
        return RequestFault{.status = has_target ? 431 : 414,
                            .errc = base::Errc::malformed_request,
                            .message = text(has_target ? "header" : "target", ": is larger than ",
                                            options.header_bytes, " bytes")};
    }
    return malformed(text("not HTTP: ", error.message()));
}

RequestFault late_fault(const HttpServerOptions& options) {
    return {.status = 408,
            .errc = base::Errc::timeout,
            .message = text("the request was not complete within ", options.request_timeout.count(),
                            " s")};
}

Response too_many(const HttpServerOptions& options, std::string message,
                  std::chrono::seconds pause) {
    Response response = options.refusal(
        429, {.errc = base::Errc::too_many, .message = std::move(message), .field = {}});
    response.headers.push_back(retry_after(pause));
    return response;
}

}  // namespace xpc::api
