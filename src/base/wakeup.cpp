#include "base/wakeup.hpp"

#include <cerrno>
#include <cstdint>

#include <sys/eventfd.h>

#include "base/error.hpp"

namespace xpc::base {

Wakeup::Wakeup() : event_(UniqueFd::adopt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
    if (!event_.valid()) throw Failure::from_errno("eventfd", errno);
}

void Wakeup::ring() noexcept {
    const std::uint64_t one = 1;
    // fails only when the counter would overflow, and then it is readable already
    [[maybe_unused]] const auto written = ::write(event_.raw(), &one, sizeof one);
}

void Wakeup::clear() noexcept {
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto got = ::read(event_.raw(), &rings, sizeof rings);
}

}  // namespace xpc::base
