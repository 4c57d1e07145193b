#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "cli/client.hpp"
#include "cli/interrupts.hpp"
#include "cli/job.hpp"
#include "cli/progress_display.hpp"

namespace xpc::cli {

/// Watches one job until it has ended, and stops its capture on the first interrupt.
/// Lifetime: borrows all that it is made of.
class Follower {
public:
    struct Pace {
        std::chrono::milliseconds poll{200};
        std::chrono::milliseconds patience{30'000};  ///< with a server that does not answer
    };

    Follower(Client& client, const Interrupts& interrupts, ProgressDisplay& display, Pace pace)
        : client_(client), interrupts_(interrupts), display_(display), pace_(pace) {}

    /// The job as it ended.
    /// Errors: Failure(interrupted) at the second interrupt, Failure(server_unreachable) when an
    ///         outage outlasts the patience, Failure with the server's refusal.
    [[nodiscard]] Job follow(Job job);

private:
    [[nodiscard]] Job next(const Job& job);
    void begin_or_go_on_with_outage(const Job& job, const base::Error& error);

    Client& client_;
    const Interrupts& interrupts_;
    ProgressDisplay& display_;
    Pace pace_;
    bool stop_said_ = false;
    bool stop_accepted_ = false;
    std::optional<base::Deadline> outage_since_;
};

/// "xepacketcap show 905928", with --server where that is not the default.
[[nodiscard]] std::string command_to_show(const Job& job, const std::string& server);

}  // namespace xpc::cli
