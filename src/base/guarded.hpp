#pragma once

#include <mutex>
#include <utility>

namespace xpc::base {

/// A value that can be reached only while its lock is held.
template <typename T>
class Guarded {
public:
    Guarded() = default;

    explicit Guarded(T value) : value_(std::move(value)) {}

    /// Runs `use(value)` under the lock and returns what it returns. `use` does no I/O and takes no
    /// other lock.
    template <typename Use>
    decltype(auto) with(Use&& use) {
        const std::lock_guard lock(mutex_);
        return std::forward<Use>(use)(value_);
    }

    [[nodiscard]] T copy() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }

private:
    mutable std::mutex mutex_;
    T value_{};
};

}  // namespace xpc::base
