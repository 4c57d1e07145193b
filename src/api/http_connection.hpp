#pragma once

#include <functional>
#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "api/http.hpp"
#include "api/http_server.hpp"
#include "api/outbox.hpp"

namespace xpc::api {

// Private to http_server.cpp: one client's connection, from its first byte to its last.

/// What a connection counts as.
enum class Place {
    usual,
    stream,  ///< from the reply on that is one
    surplus  ///< it came when there was no room: it is told so, and ends
};

/// What all connections of a server have in common. Lifetime: outlives them.
struct ConnectionTerms {
    const HttpServerOptions& options;
    const LateHandler& handler;
    Outbox& outbox;
    /// Each request that is being answered has a copy, until its reply has been called.
    std::shared_ptr<void> answering;
    /// As BodySenderOptions::speaking.
    std::weak_ptr<void> speaking;
    /// Whether one more may be a stream from now on. Called at most once for each, by any thread.
    std::function<bool()> become_stream;
    /// Called once for each, by any thread, with what it was at its end.
    std::function<void(Place)> ended;
};

/// Reads requests from the socket and answers them until one side has enough; by TLS where that is
/// not null, which need not be there any longer than this call. Returns at once: the rest happens
/// on the socket's executor, which is a strand.
void serve_connection(boost::asio::ip::tcp::socket socket, const ConnectionTerms& terms,
                      Place place, boost::asio::ssl::context* tls);

}  // namespace xpc::api
