#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "base/clock.hpp"

namespace xpc::sink {

/// What flushes of a disk take, as those before have told: so much in any case, and so much for
/// each byte that was written to it since the one before. Of two that told, the quicker one is
/// believed: one alone may have met what somebody else has written. And none is believed to take
/// longer than it just did.
/// Threads: one at a time.
class DiskFlush {
public:
    using Seconds = std::chrono::duration<double>;

    /// Since the last one.
    struct Bytes {
        std::size_t written = 0;
        std::size_t cached = 0;  ///< of these: the disk still has to write them
    };

    /// One of so many bytes.
    [[nodiscard]] Seconds of(Bytes bytes) const;

    /// One has told what a byte takes that the disk has; until then a middling disk is assumed.
    [[nodiscard]] bool is_known() const noexcept { return a_byte_.is_known(); }

    /// One of so many bytes took so long. `does_tell`: they are enough to tell what a byte takes.
    void took(Bytes bytes, Seconds time, bool does_tell);

private:
    class Told {
    public:
        explicit Told(Seconds assumed) : assumed_(assumed) {}

        [[nodiscard]] bool is_known() const noexcept { return last_.has_value(); }

        [[nodiscard]] Seconds value() const;
        void add(Seconds one);
        void no_more_than(Seconds most);

    private:
        Seconds assumed_;
        std::optional<Seconds> last_;
        std::optional<Seconds> before_;
    };

    Told at_least_{Seconds(0)};
    Told a_byte_{Seconds(1e-9)};
    Told more_if_cached_{Seconds(1e-9)};
};

}  // namespace xpc::sink
