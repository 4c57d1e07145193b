#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/stop.hpp"

namespace xpc::sink {

/// How far a file has come that one thread writes and another brings away.
/// Threads: any.
class Growth {
public:
    struct State {
        std::uint64_t final_bytes = 0;             ///< these will not change any more
        std::optional<std::uint64_t> total_bytes;  ///< once the file is complete
    };

    /// `what` is named where a wait is cancelled.
    explicit Growth(std::string what);

    void advance(std::uint64_t final_bytes);
    void complete(std::uint64_t total_bytes);

    /// Ends all waits, those to come as well.
    void cancel();

    /// Requested by cancel().
    [[nodiscard]] const base::Stop& cancelled() const noexcept { return cancelled_; }

    /// Returns when so many bytes are final, or the file is complete. Errors: Failure(cancelled).
    [[nodiscard]] State wait_for(std::uint64_t final_bytes);

    /// Returns when the file is complete, or at the deadline. Errors: Failure(cancelled).
    [[nodiscard]] State wait_for_end(base::Deadline deadline);

private:
    [[nodiscard]] const State& state_or_throw() const;

    std::string what_;
    std::mutex mutex_;
    std::condition_variable changed_;
    State state_;  ///< under mutex_
    base::Stop cancelled_;
};

}  // namespace xpc::sink
