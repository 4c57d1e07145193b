#pragma once

#include <optional>

#include "base/unique_fd.hpp"

namespace xpc::daemon {

/// SIGTERM, SIGINT and SIGHUP as something that can be waited for.
/// Threads: made before any other thread, which then inherits the blocked signals.
class Signals {
public:
    Signals();

    /// Readable when one has come.
    [[nodiscard]] base::Fd fd() const noexcept { return signals_; }

    /// The number of one that has come.
    [[nodiscard]] std::optional<int> take();

private:
    base::UniqueFd signals_;
};

}  // namespace xpc::daemon
