#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/guarded.hpp"

namespace xpc::api {

/// Private to http_server.cpp and http_connection.cpp. A connection whose reply is there.
class Replied {
public:
    virtual ~Replied() = default;

    /// Sends it, on the connection's strand.
    virtual void send_on_strand() = 0;

    /// The same, by a thread besides which there is none.
    virtual void send_here() = 0;

    Replied(const Replied&) = delete;
    Replied& operator=(const Replied&) = delete;
    Replied(Replied&&) = delete;
    Replied& operator=(Replied&&) = delete;

protected:
    Replied() = default;
};

/// Replies that did not come while their handlers ran. Those that come together, as the disk has
/// them, are sent by one thread of the pool, which is woken once.
/// Threads: any.
class Outbox {
public:
    explicit Outbox(boost::asio::io_context& pool) : pool_(pool) {}

    /// Does not block.
    void put(std::shared_ptr<Replied> one) {
        const bool is_first = waiting_.with([&one](auto& waiting) {
            waiting.push_back(std::move(one));
            return waiting.size() == 1;
        });
        if (!is_first) return;
        boost::asio::post(pool_, [this] {
            for (const auto& each : take())
                each->send_on_strand();
        });
    }

    /// What is left when the pool has ended.
    void send_rest() {
        for (const auto& each : take())
            each->send_here();
    }

private:
    using Connections = std::vector<std::shared_ptr<Replied>>;

    [[nodiscard]] Connections take() {
        return waiting_.with([](auto& waiting) { return std::exchange(waiting, {}); });
    }

    boost::asio::io_context& pool_;
    base::Guarded<Connections> waiting_;
};

}  // namespace xpc::api
