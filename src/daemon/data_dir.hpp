#pragma once

#include <filesystem>
#include <optional>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace xpc::daemon {

/// The folder that everything durable is in, held by one server at a time, and beside it by one
/// worker (`work --once`).
/// Errors: Failure(in_use) with the process that holds it; permission, io.
class DataDir {
public:
    enum class Role { server, worker };

    /// The folder alone. Errors: Failure, with the folder's name.
    static void make(const std::filesystem::path& path);

    /// Makes what is missing, and takes the lock of that role, which ends with the process.
    DataDir(std::filesystem::path path, Role role);

    /// Takes the worker's lock too. False where another process has it.
    [[nodiscard]] bool take_workers_part();

    /// Tells, for last_worker(), that the worker is alive and can do its work.
    void show_worker_alive() const;

    /// When there was such a worker of that folder last, to some seconds; nothing: never.
    [[nodiscard]] static std::optional<base::WallTime> last_worker(
        const std::filesystem::path& path);

    [[nodiscard]] std::filesystem::path store_file() const { return store_file(path_); }

    /// Of a folder that need not be ours.
    [[nodiscard]] static std::filesystem::path store_file(const std::filesystem::path& path) {
        return path / "jobs.db";
    }

    [[nodiscard]] std::filesystem::path spool() const { return path_ / "spool"; }

    [[nodiscard]] std::filesystem::path objects() const { return path_ / "objects"; }

    [[nodiscard]] std::filesystem::path transcripts() const { return path_ / "transcripts"; }

private:
    std::filesystem::path path_;
    base::UniqueFd lock_;
    base::UniqueFd workers_lock_;  ///< a server's, where it does the worker's part
};

}  // namespace xpc::daemon
