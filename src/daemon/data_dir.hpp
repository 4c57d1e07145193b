#pragma once

#include <filesystem>

#include "base/unique_fd.hpp"

namespace xpc::daemon {

/// The folder that everything durable is in, held by one server at a time.
/// Errors: Failure(in_use) with the process that holds it; permission, io.
class DataDir {
public:
    /// Makes what is missing, and takes the lock, which ends with the process.
    explicit DataDir(std::filesystem::path path);

    [[nodiscard]] std::filesystem::path store_file() const { return path_ / "jobs.db"; }

    [[nodiscard]] std::filesystem::path spool() const { return path_ / "spool"; }

    [[nodiscard]] std::filesystem::path objects() const { return path_ / "objects"; }

private:
    std::filesystem::path path_;
    base::UniqueFd lock_;
};

}  // namespace xpc::daemon
