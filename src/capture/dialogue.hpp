#pragma once

#include <string_view>

namespace xpc::capture {

/// Keeps what was said to a device for one job, and what it answered, for the job's user to read.
/// Secrets are taken out before.
/// Threads: any.
class Dialogue {
public:
    virtual ~Dialogue() = default;

    /// Never fails: a dialogue that can not be kept is no reason to end a capture.
    virtual void said(std::string_view command) noexcept = 0;
    virtual void answered(std::string_view text) noexcept = 0;

    Dialogue(const Dialogue&) = delete;
    Dialogue& operator=(const Dialogue&) = delete;
    Dialogue(Dialogue&&) = delete;
    Dialogue& operator=(Dialogue&&) = delete;

protected:
    Dialogue() = default;
};

}  // namespace xpc::capture
