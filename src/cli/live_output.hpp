#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/unique_fd.hpp"
#include "cli/client.hpp"
#include "cli/job.hpp"
#include "cli/server_choice.hpp"

namespace xpc::cli {

/// Writes a capture to standard output while it is made.
/// Threads: one of its own, which the destructor ends and joins.
class LiveOutput {
public:
    struct Options {
        std::string server;
        Credentials credentials;
        base::Fd out;
        std::function<void()> reader_gone;  ///< called once, where nobody reads it any more
    };

    LiveOutput(Options options, const Job& job);
    ~LiveOutput();
    LiveOutput(const LiveOutput&) = delete;
    LiveOutput& operator=(const LiveOutput&) = delete;
    LiveOutput(LiveOutput&&) = delete;
    LiveOutput& operator=(LiveOutput&&) = delete;

    struct Outcome {
        std::uint64_t bytes = 0;           ///< that have been written
        std::optional<base::Error> error;  ///< why that is not all
    };

    /// Blocks until everything is written, or `stop`.
    [[nodiscard]] Outcome finish(const base::Stop& stop);

private:
    void run(const std::string& job_id);

    Options options_;
    Outcome outcome_;  ///< the thread's, until it is joined
    base::Stop stop_;
    base::Stop done_;
    std::jthread thread_;  // last: it uses the members above
};

}  // namespace xpc::cli
