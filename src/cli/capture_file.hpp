#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/stop.hpp"
#include "base/unique_fd.hpp"

namespace xpc::cli {

/// A file that appears at its path when it is complete, and not at all before. Until then it grows
/// beside it as ".NAME.PID.part", which goes away with this object.
/// Errors: Failure that names the path and the cause.
class CaptureFile {
public:
    struct Options {
        std::string path;
        bool overwrite = false;
    };

    /// Makes sure, before a capture is asked for, that it can be written.
    /// Errors: Failure(usage) where something is there that may not be replaced.
    explicit CaptureFile(Options options);
    ~CaptureFile();
    CaptureFile(const CaptureFile&) = delete;
    CaptureFile& operator=(const CaptureFile&) = delete;
    CaptureFile(CaptureFile&&) = delete;
    CaptureFile& operator=(CaptureFile&&) = delete;

    void append(std::span<const std::byte> bytes, const base::Stop& stop);

    /// Makes it durable and puts it in place. Replaces only with `overwrite`, also what has
    /// appeared in the meantime.
    void commit();

    [[nodiscard]] const std::string& path() const noexcept { return options_.path; }

private:
    Options options_;
    std::string folder_;
    std::string part_;
    base::UniqueFd fd_;
};

}  // namespace xpc::cli
