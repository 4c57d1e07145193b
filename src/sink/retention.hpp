#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <thread>

#include "base/clock.hpp"
#include "base/stop.hpp"

namespace xpc::sink {

/// How long delivered objects stay in the embedded store; 0: no limit.
struct RetentionLimits {
    std::chrono::milliseconds age{};  ///< since the last byte of the capture
    std::uint64_t bytes = 0;          ///< of all objects together
};

/// Removes the objects that are too old, and of the others the oldest, until the rest has no more
/// bytes than it may; folders of keys that are empty then go too. An object whose spool file is
/// still there, so that its delivery is not recorded yet, stays, and counts. Each removal is
/// logged. Errors: are logged; what is there stays.
void enforce_retention(const std::filesystem::path& objects_dir, const RetentionLimits& limits,
                       base::WallTime now) noexcept;

/// Does so at the start and every minute, on a thread of its own, where there is a limit.
class RetentionKeeper {
public:
    RetentionKeeper(const std::filesystem::path& objects_dir, const RetentionLimits& limits);

    /// Waits for a round that is under way.
    ~RetentionKeeper();
    RetentionKeeper(const RetentionKeeper&) = delete;
    RetentionKeeper& operator=(const RetentionKeeper&) = delete;
    RetentionKeeper(RetentionKeeper&&) = delete;
    RetentionKeeper& operator=(RetentionKeeper&&) = delete;

private:
    base::Stop stop_;
    std::jthread thread_;  // last: it uses the members above
};

}  // namespace xpc::sink
