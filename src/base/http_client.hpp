#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/file_range.hpp"
#include "base/stop.hpp"

namespace xpc::base {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// Borrowed, either way, until the request is done.
using HttpBody = std::variant<std::span<const std::byte>, FileRange>;

[[nodiscard]] std::uint64_t size(const HttpBody& body) noexcept;

struct HttpRequest {
    std::string method = "GET";
    std::string url;  ///< sent as it is: already percent-encoded
    HttpHeaders headers;
    HttpBody body;
    bool follow_redirects = false;
    bool past_proxy = false;  ///< whatever HTTPS_PROXY and so on say
    /// Where the body of a 2xx reply goes, piece by piece; unset: HttpReply::body.
    /// May throw Failure, which send() then throws.
    std::function<void(std::span<const std::byte>)> on_body;
    std::chrono::milliseconds connect_timeout{10'000};
    /// With less than a byte a second; 0: there is none, and silence may be long.
    std::chrono::milliseconds stall_timeout{30'000};
};

struct HttpReply {
    int status = 0;
    HttpHeaders headers;  ///< names in lower case
    std::string body;     ///< at most 4 MiB

    /// The first header of that (lower-case) name, or "".
    [[nodiscard]] std::string header(std::string_view name) const;
};

struct HttpClientOptions {
    std::string ca_file;           ///< PEM; empty: the system's
    std::string certificate_file;  ///< our own, PEM; empty: none
    std::string key_file;          ///< its private key; empty: in the same file
};

/// Requests over HTTP/1.1, one at a time, on connections that are kept open.
/// Errors:  Failure(store_unreachable) with the peer and the cause when there is no reply,
///          Failure(store_unresolved) when its name has no address, Failure(store_certificate) when
///          its certificate is not trusted, past its time or another host's, or ca_file has none
///          to trust, Failure(cancelled) when `stop` ended it, Failure(timeout) at the deadline or
///          a stall. A proxy on the way is named, too. A reply of any status is a reply. What
///          reading the body throws.
/// Blocking: until the reply, `stop` (within 100 ms) or `deadline`.
/// Threads: one client per thread.
/// Proxies: HTTPS_PROXY, NO_PROXY and so on, as curl(1) reads them; none for the loopback, nor for
///          addresses of the link (169.254.*).
class HttpClient {
public:
    explicit HttpClient(HttpClientOptions options = {});
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    HttpClient(HttpClient&&) = delete;
    HttpClient& operator=(HttpClient&&) = delete;

    [[nodiscard]] HttpReply send(const HttpRequest& request, const Stop& stop, Deadline deadline);

private:
    struct Curl;
    std::unique_ptr<Curl> curl_;
};

}  // namespace xpc::base
