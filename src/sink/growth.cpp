#include "sink/growth.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace xpc::sink {

Growth::Growth(std::string what) : what_(std::move(what)) {}

void Growth::advance(std::uint64_t final_bytes) {
    {
        const std::lock_guard lock(mutex_);
        state_.final_bytes = std::max(state_.final_bytes, final_bytes);
    }
    changed_.notify_all();
}

void Growth::complete(std::uint64_t total_bytes) {
    {
        const std::lock_guard lock(mutex_);
        state_ = {.final_bytes = total_bytes, .total_bytes = total_bytes};
    }
    changed_.notify_all();
}

void Growth::cancel() {
    cancelled_.request();
    // under the lock, or a thread may look just before and sleep just after
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

Growth::State Growth::wait_for(std::uint64_t final_bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
        return cancelled_.requested() || state_.total_bytes || state_.final_bytes >= final_bytes;
    });
    return state_or_throw();
}

Growth::State Growth::wait_for_end(base::Deadline deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [this] {
        return cancelled_.requested() || state_.total_bytes.has_value();
    });
    return state_or_throw();
}

const Growth::State& Growth::state_or_throw() const {
    if (cancelled_.requested()) throw base::Failure(base::Errc::cancelled, what_ + ": cancelled");
    return state_;
}

}  // namespace xpc::sink
