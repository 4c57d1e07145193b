#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "cli/command_line.hpp"
#include "cli/job.hpp"

namespace xpc::cli {

/// A job's progress on standard error: one line that is drawn again on a terminal; elsewhere a line
/// for each change of state, and one every five seconds.
/// Lifetime: the descriptor outlives it.
class ProgressDisplay {
public:
    ProgressDisplay(base::Fd err, Environment environment);
    ~ProgressDisplay();
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    ProgressDisplay(ProgressDisplay&&) = delete;
    ProgressDisplay& operator=(ProgressDisplay&&) = delete;

    /// `now` is when the server told it.
    void show(const Job& job, base::Deadline now);

    /// A line that stays. `text` is fit for a terminal.
    void say(std::string_view text);

    /// Removes the line that is drawn again.
    void clear();

private:
    struct Sample {
        base::Deadline when;
        std::uint64_t packets = 0;
    };

    [[nodiscard]] std::optional<std::uint64_t> rate(const Job& job, base::Deadline now);
    void print_if_due(const Job& job, const std::string& line, base::Deadline now);

    base::Fd err_;
    Environment environment_;
    bool redraws_;
    bool drawn_ = false;
    // by our own clock, since the server's may be set otherwise
    std::optional<base::Deadline> running_since_;
    std::deque<Sample> samples_;  ///< of the last second
    std::string printed_phase_;
    base::Deadline printed_at_;
};

}  // namespace xpc::cli
