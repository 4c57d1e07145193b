#pragma once

#include <cstddef>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include "api/http.hpp"

namespace xpc::api {

// Private to http_connection.cpp.

inline constexpr unsigned http_1_1 = 11;  // as Beast has it

/// The reply without its body: what it says of that, and of the connection.
[[nodiscard]] boost::beast::http::response<boost::beast::http::string_body> reply_head(
    const Response& response, unsigned version, bool keep_alive);

/// As much of the reply as the socket takes now. Whether that was all of it: what is left, or goes
/// wrong, is for a write that waits.
template <typename Socket, typename Serializer>
bool put_at_once(Socket& socket, Serializer& reply) {
    boost::system::error_code error;
    std::size_t put = 0;
    reply.next(error, [&](boost::system::error_code&, const auto& buffers) {
        boost::system::error_code refused;
        put = socket.write_some(buffers, refused);
    });
    if (put > 0) reply.consume(put);
    return reply.is_done();
}

}  // namespace xpc::api
