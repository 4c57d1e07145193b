#pragma once

#include <compare>
#include <utility>

#include <unistd.h>

namespace xpc::base {

/// A borrowed descriptor: does not close, must not outlive its owner.
class Fd {
public:
    constexpr Fd() noexcept = default;

    [[nodiscard]] static constexpr Fd borrow(int raw) noexcept { return Fd(raw); }

    [[nodiscard]] constexpr int raw() const noexcept { return raw_; }

    [[nodiscard]] constexpr bool valid() const noexcept { return raw_ >= 0; }

private:
    explicit constexpr Fd(int raw) noexcept : raw_(raw) {}

    int raw_ = -1;
};

/// An owned descriptor. Taking over a raw one is spelled `UniqueFd::adopt(open(...))`.
class UniqueFd {
public:
    UniqueFd() noexcept = default;

    [[nodiscard]] static UniqueFd adopt(int raw) noexcept { return UniqueFd(raw); }

    UniqueFd(UniqueFd&& other) noexcept : raw_(std::exchange(other.raw_, -1)) {}

    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) {
            reset();
            raw_ = std::exchange(other.raw_, -1);
        }
        return *this;
    }

    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;

    ~UniqueFd() { reset(); }

    void reset() noexcept {
        // EINTR is not retried: on Linux the descriptor is gone either way (close(2)).
        if (raw_ >= 0) ::close(std::exchange(raw_, -1));
    }

    [[nodiscard]] bool valid() const noexcept { return raw_ >= 0; }

    [[nodiscard]] int raw() const noexcept { return raw_; }

    // NOLINTNEXTLINE(google-explicit-constructor): lending is what an owner is for
    operator Fd() const noexcept { return Fd::borrow(raw_); }

private:
    explicit UniqueFd(int raw) noexcept : raw_(raw) {}

    int raw_ = -1;
};

}  // namespace xpc::base
