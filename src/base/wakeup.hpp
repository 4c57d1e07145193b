#pragma once

#include "base/unique_fd.hpp"

namespace xpc::base {

/// A bell that one thread waits for and any thread may ring. Rings that come before it is heard
/// count as one.
class Wakeup {
public:
    Wakeup();

    void ring() noexcept;

    /// Forgets the rings so far.
    void clear() noexcept;

    /// Readable while it rings.
    [[nodiscard]] Fd fd() const noexcept { return event_; }

private:
    UniqueFd event_;
};

}  // namespace xpc::base
