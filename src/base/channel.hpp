#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.hpp"

namespace xpc::base {

/// A bounded queue between threads. Who finds it full is told so, and decides.
template <typename T>
class Channel {
public:
    explicit Channel(std::size_t capacity) : capacity_(capacity) {}

    /// Never blocks. False, and `value` untouched, when the queue is full or closed.
    [[nodiscard]] bool try_push(T& value) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_ || queue_.size() >= capacity_) return false;
            queue_.push_back(std::move(value));
            if (queue_.size() < wanted_) return true;
        }
        wake_.notify_one();
        return true;
    }

    /// The oldest value; nothing at the deadline, or when the queue is closed and empty.
    [[nodiscard]] std::optional<T> pop(Deadline deadline) {
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, deadline, [this] { return closed_ || !queue_.empty(); });
        if (queue_.empty()) return std::nullopt;
        T value = std::move(queue_.front());
        queue_.pop_front();
        return value;
    }

    /// All that there are, oldest first, when there are `wanted`, or at the deadline. Where there
    /// is but one who takes: others would not be woken meanwhile.
    [[nodiscard]] std::deque<T> gather(std::size_t wanted, Deadline deadline) {
        std::unique_lock lock(mutex_);
        wanted_ = wanted;
        wake_.wait_until(lock, deadline, [this] { return closed_ || queue_.size() >= wanted_; });
        wanted_ = 1;
        return std::exchange(queue_, {});
    }

    /// What is queued can still be taken; nothing more comes in.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        wake_.notify_all();
    }

    [[nodiscard]] bool closed_and_empty() const {
        const std::lock_guard lock(mutex_);
        return closed_ && queue_.empty();
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<T> queue_;
    std::size_t capacity_;
    std::size_t wanted_ = 1;
    bool closed_ = false;
};

}  // namespace xpc::base
