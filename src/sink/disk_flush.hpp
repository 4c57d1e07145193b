#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>

#include "base/clock.hpp"

namespace xpc::sink {

/// What flushes of a disk take, as those before have told, of whatever file: so much in any case,
/// and so much for each byte that was written since the one before. Of two that told, the quicker
/// one is believed: one alone may have met what somebody else has written.
/// Threads: any.
class DiskFlush {
public:
    using Seconds = std::chrono::duration<double>;

    /// One of so many bytes.
    [[nodiscard]] Seconds of(std::size_t bytes) const;

    /// One has told what a byte takes; until then a middling disk is assumed.
    [[nodiscard]] bool is_known() const;

    /// One of so many bytes took so long.
    void took(std::size_t bytes, base::Deadline::duration duration);

private:
    class Told {
    public:
        [[nodiscard]] bool is_known() const noexcept { return last_.has_value(); }

        [[nodiscard]] Seconds value_or(Seconds assumed) const;
        void add(Seconds one);

    private:
        std::optional<Seconds> last_;
        std::optional<Seconds> before_;
    };

    mutable std::mutex mutex_;
    Told at_least_;
    Told a_byte_;
};

}  // namespace xpc::sink
