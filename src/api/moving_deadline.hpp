#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include "base/clock.hpp"

namespace xpc::api {

/// Private to http_connection.cpp. A deadline that is moved on for each thing that a peer does, and
/// seldom comes: its timer is left as it is where it fires before, and looks again then. So moving
/// it costs a look at the clock, and no timer is set and cancelled for each request.
/// Threads: the executor's, which is a strand.
class MovingDeadline {
public:
    explicit MovingDeadline(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    /// What is called when it comes, as long as `owner`, which has this, is there. Called first.
    void begin(std::weak_ptr<void> owner, std::function<void()> come) {
        owner_ = std::move(owner);
        come_ = std::move(come);
    }

    void set(std::chrono::nanoseconds from_now) {
        deadline_ = base::in(from_now);
        if (!fires_at_ || deadline_ < *fires_at_) set_timer();
    }

    void clear() noexcept { deadline_ = base::never; }

private:
    void set_timer() {
        fires_at_ = deadline_;
        timer_.expires_at(deadline_);
        timer_.async_wait([this, owner = owner_](boost::system::error_code error) {
            const auto there = error ? nullptr : owner.lock();
            if (there) fired();
        });
    }

    void fired() {
        fires_at_.reset();
        if (deadline_ == base::never) return;
        if (deadline_ > base::Deadline::clock::now()) return set_timer();
        come_();
    }

    boost::asio::steady_timer timer_;
    std::weak_ptr<void> owner_;
    std::function<void()> come_;
    base::Deadline deadline_ = base::never;
    std::optional<base::Deadline> fires_at_;  ///< while the timer is set
};

}  // namespace xpc::api
