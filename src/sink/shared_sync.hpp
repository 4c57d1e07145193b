#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace xpc::sink {

/// When what many files wrote is synced by one syncfs(2). That costs as much as a few fdatasync(2),
/// each of which are up to four requests of the disk that somebody waits for; but it also writes
/// what everybody else has in the page cache of that file system. So not where that is much, and
/// not again soon where it took long. Threads: one at a time.
class SharedSync {
public:
    /// In the page cache, of all file systems: more than most machines ever have without somebody
    /// who writes much, and what a middling disk writes in half a second. Then it is written.
    static constexpr std::uint64_t most_unwritten = std::uint64_t{64} << 20U;

    /// Where no more than `most_unwritten` is.
    [[nodiscard]] bool is_worth_it(std::size_t files, base::Deadline now) const noexcept {
        return files >= least_files && now >= not_before_;
    }

    /// One that was worth it took so long, and ended now.
    void took(base::Deadline::duration duration, base::Deadline now) noexcept;

private:
    // With fewer, one by one is no dearer.
    static constexpr std::size_t least_files = 8;

    // Half of what lies between two rounds of SpoolSyncer.
    static constexpr std::chrono::milliseconds longest{100};

    static constexpr std::chrono::seconds shortest_pause{10};
    static constexpr std::chrono::seconds longest_pause{600};

    base::Deadline not_before_;
    base::Deadline::duration pause_ = shortest_pause;
};

}  // namespace xpc::sink
