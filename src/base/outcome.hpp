#pragma once

#include <exception>
#include <expected>
#include <utility>

namespace xpc::base {

/// What came of work that another thread has done: its value, or what it threw.
template <typename T>
class Outcome {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a value is an outcome, as of std::expected
    Outcome(T value) : came_(std::move(value)) {}

    [[nodiscard]] static Outcome failed(std::exception_ptr cause) {
        Outcome outcome;
        outcome.came_ = std::unexpected(std::move(cause));
        return outcome;
    }

    /// Null where the work threw.
    [[nodiscard]] const T* value() const noexcept { return came_ ? &*came_ : nullptr; }

    /// Once. Errors: throws what the work threw.
    [[nodiscard]] T take() {
        if (!came_) std::rethrow_exception(came_.error());
        return std::move(*came_);
    }

private:
    Outcome() = default;

    std::expected<T, std::exception_ptr> came_ = std::unexpected(std::exception_ptr());
};

}  // namespace xpc::base
