#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "capture/dialogue.hpp"

namespace xpc::job {

/// The file that keeps what was said to a device for a job; it may be read while it grows.
[[nodiscard]] std::filesystem::path transcript_path(const std::filesystem::path& transcript_dir,
                                                    std::string_view job_id);

/// Writes it: a line for each command and each line of an answer, with the time, and what is no
/// printable ASCII as \xNN. A file that has 1 MiB ends with a line that says so.
/// Errors:  none: what can not be kept is missing.
/// Threads: any.
class Transcript final : public capture::Dialogue {
public:
    /// Appends to what there is.
    explicit Transcript(const std::filesystem::path& path);

    /// Likewise, but null where there is none.
    [[nodiscard]] static std::unique_ptr<Transcript> existing(const std::filesystem::path& path);

    void said(std::string_view command) noexcept override;
    void answered(std::string_view text) noexcept override;

private:
    void append(char sign, std::string_view text) noexcept;

    base::UniqueFd file_;
    std::mutex mutex_;
    std::uint64_t bytes_ = 0;  ///< under mutex_
};

}  // namespace xpc::job
