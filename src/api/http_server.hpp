#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "api/http.hpp"
#include "api/tls_options.hpp"
#include "base/error.hpp"

namespace xpc::api {

struct HttpServerOptions {
    std::string host;  ///< an IP address
    std::uint16_t port = 0;
    std::optional<TlsOptions> tls;  ///< then nothing is said in clear
    /// At first; when all of them wait (Request), one more is started.
    std::size_t threads = std::clamp<std::size_t>(std::jthread::hardware_concurrency(), 2, 4);
    std::size_t most_threads = 32;
    /// Further ones wait, in the kernel's queue; when none of these has ended for `full_for`, they
    /// get a refusal (429), and the end.
    std::size_t most_connections = 1000;
    std::chrono::milliseconds full_for{1000};
    std::chrono::seconds retry_connecting{5};  ///< what those are told
    /// Connections on which a BodyStream is sent, which are none of the above; further ones get
    /// a refusal (429).
    std::size_t most_streams = 4096;
    std::size_t header_bytes = std::size_t{16} << 10U;
    std::size_t body_bytes = std::size_t{64} << 10U;
    std::chrono::seconds request_timeout{30};    ///< to send a request, from its connection's
                                                 ///< beginning or the reply before on; then 408
    std::chrono::seconds idle_timeout{30};       ///< to take the next bytes of a reply
    std::chrono::seconds stream_timeout{300};    ///< to take the next bytes of a BodyStream
    std::chrono::milliseconds last_words{1000};  ///< the same, when the server stops
    /// Makes the reply to what is no request that can be answered, with its status.
    std::function<Response(int, base::Error)> refusal;
};

/// HTTP/1.1 (RFC 9112) on one address, in clear or by TLS.
/// Errors:  the constructor throws Failure: in_use, permission, io, with the address; config, with
///          the file, where that can not be used for TLS.
/// Threads: its own pool, on which the handler is called.
class HttpServer {
public:
    /// Has the address from here on; connections wait until serve().
    explicit HttpServer(HttpServerOptions options);

    void serve(Handler handler);
    void serve(LateHandler handler);

    /// Reads the files of TLS again, for connections that come from here on.
    /// Errors: Failure(config), and all stays as it is.
    void reload_certificate();

    /// Whose it is, and until when; empty without TLS.
    [[nodiscard]] std::string certificate() const;

    /// Takes no more connections, and closes those it has once their requests are answered, and
    /// their streams have said what there is to say.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    HttpServer(HttpServer&&) = delete;
    HttpServer& operator=(HttpServer&&) = delete;

    /// "127.0.0.1:5000", "[::1]:5000", with the port that the kernel chose if it was to.
    [[nodiscard]] const std::string& address() const noexcept;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace xpc::api
