#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "api/http_server.hpp"
#include "api/problem.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace xpc::api {

inline HttpServerOptions small_options() {
    HttpServerOptions options;
    options.host = "127.0.0.1";
    options.threads = 2;
    options.body_bytes = 100;
    options.header_bytes = 2000;
    options.request_timeout = std::chrono::seconds(1);
    options.idle_timeout = std::chrono::seconds(1);
    options.refusal = [](int status, const base::Error& error) { return problem(status, error); };
    return options;
}

/// A client that sends bytes as they are and hears what comes until the end.
class RawClient {
public:
    explicit RawClient(const HttpServer& server)
        : socket_(base::UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto port = base::split(server.address(), ':').back();
        address.sin_port = htons(*base::parse_decimal<std::uint16_t>(port));
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(socket_.raw(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        REQUIRE(::connect(socket_.raw(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0);
    }

    void send(std::string_view bytes) const {
        CHECK(::send(socket_.raw(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(bytes.size()));
    }

    /// It goes on listening.
    void end_sending() const { ::shutdown(socket_.raw(), SHUT_WR); }

    [[nodiscard]] std::string hear_until(std::string_view end) const {
        std::string heard;
        std::array<char, 4096> buffer{};
        while (end.empty() || !heard.contains(end)) {
            const auto got = ::recv(socket_.raw(), buffer.data(), buffer.size(), 0);
            if (got <= 0) break;
            heard.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return heard;
    }

    [[nodiscard]] std::string hear_all() const { return hear_until({}); }

private:
    base::UniqueFd socket_;
};

}  // namespace xpc::api
