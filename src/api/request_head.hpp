#pragma once

#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>

#include "api/http.hpp"

namespace xpc::api {

// Private to http_connection.cpp: what is known of a request before its body.

/// The address at the other end; empty where it has gone already.
[[nodiscard]] std::string peer_of(const boost::asio::ip::tcp::socket& socket);

/// Without a body. Of repeated fields the first.
[[nodiscard]] Request to_request(const boost::beast::http::request_header<>& header);

}  // namespace xpc::api
