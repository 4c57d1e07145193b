#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "base/audit_chain.hpp"
#include "base/gathering.hpp"
#include "base/unique_fd.hpp"

namespace xpc::base {

/// A file that lines are only ever added to, each chained to the one before. What append() has
/// returned for is on the disk; several callers share one write of it.
/// Threads: any. One at a time in all processes: the data_dir's lock sees to that.
class AuditLog {
public:
    struct Options {
        std::filesystem::path file;
        std::uint64_t rotate_bytes = 0;  ///< a file of more is set aside as FILE.N, N its last line
    };

    /// Goes on behind what is there. A last line that a crash has cut off is ended, and the next
    /// one says so; a file whose end is no chain is set aside, and logged.
    /// Errors: Failure.
    explicit AuditLog(Options options);

    /// Adds the time. Blocking: as long as the disk takes.
    /// Errors: Failure(disk_full, io, …): the line is kept, and written with the next one.
    void append(Json::Object members);

    /// Writes what could not be written before. Errors: Failure, where it still can not.
    void make_ready();

    [[nodiscard]] ChainEnd end() const;

private:
    using Lock = std::unique_lock<std::mutex>;

    void open();
    void go_on_behind(std::string_view tail, bool is_whole_file);
    void write_until(std::uint64_t line, Lock& lock);
    void gather(Lock& lock);

    [[nodiscard]] std::uint64_t pending_lines() const noexcept { return end_.lines - written_; }

    void write_batch(std::string& batch);
    void set_aside(const std::string& suffix);

    Options options_;
    UniqueFd file_;            ///< of the thread that writes
    std::uint64_t bytes_ = 0;  ///< likewise
    mutable std::mutex mutex_;
    std::condition_variable written_more_;
    std::condition_variable enough_pending_;
    // under mutex_
    ChainEnd end_;
    std::string pending_;        ///< up to end_, or to the begin of what is being written
    std::uint64_t written_ = 0;  ///< number of the last line that is on the disk
    bool writing_ = false;
    Gathering gathering_;
    std::optional<Error> failed_;  ///< the last write, if it has
};

}  // namespace xpc::base
