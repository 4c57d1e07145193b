#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/audit_chain.hpp"
#include "base/batches.hpp"
#include "base/unique_fd.hpp"

namespace xpc::base {

/// A file that lines are only ever added to, each chained to the one before. Lines that come
/// together share one write.
/// Threads: any, and one of its own, which writes. One log at a time in all processes: the
/// data_dir's lock sees to that.
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

    /// Writes what is still to be written, and calls all who wait for it.
    ~AuditLog();
    AuditLog(const AuditLog&) = delete;
    AuditLog& operator=(const AuditLog&) = delete;
    AuditLog(AuditLog&&) = delete;
    AuditLog& operator=(AuditLog&&) = delete;

    /// Called once, by the thread that writes, which waits meanwhile: with nothing when the line is
    /// on the disk, else with disk_full, io or the like: then it is kept, and written with the next
    /// one. Does not throw.
    using Written = std::move_only_function<void(const std::optional<Error>&)>;

    /// Adds the time. Does not block.
    void append(Json::Object members, Written written);

    /// The same, until the line is on the disk. Errors: Failure, as above.
    void append(Json::Object members);

    /// Writes what could not be written before, if there is something. Blocking, then.
    /// Errors: Failure, where it still can not.
    void make_ready();

    /// Behind all lines that were to be written so far.
    [[nodiscard]] ChainEnd end() const;

private:
    struct Pending {
        std::optional<Json::Object> line;  ///< nothing: only to try again what has failed
        Written written;
    };

    void open();
    void go_on_behind(std::string_view tail, bool is_whole_file);
    void add(Pending one);
    void add_and_wait(std::optional<Json::Object> line);
    void write_lines();
    [[nodiscard]] std::optional<Error> write(std::deque<Pending>& batch);
    void put();
    void set_aside(const std::string& suffix);

    Options options_;
    Batches<Pending> pending_;
    // of the thread that writes
    UniqueFd file_;
    std::uint64_t bytes_ = 0;
    std::string text_;  ///< up to end_, and not in the file yet
    mutable std::mutex mutex_;
    // under mutex_
    ChainEnd end_;             ///< changed by the thread that writes alone
    bool has_failed_ = false;  ///< the last write
    std::jthread writer_;      // last: it uses the members above
};

}  // namespace xpc::base
