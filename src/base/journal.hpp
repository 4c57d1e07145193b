#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace xpc::base {

/// The way to systemd's journal, with fields, and not only lines.
/// Threads: any.
/// Source:  systemd, "Native Journal Protocol"
class Journal {
public:
    /// Errors: Failure, where nobody listens there.
    explicit Journal(std::string socket = "/run/systemd/journal/socket");

    /// False where it was not taken, within a quarter of a second. An entry is one datagram: one of
    /// more than about 200 KB is not taken either.
    [[nodiscard]] bool send(std::string_view entry) const noexcept;

private:
    std::string socket_;
    UniqueFd fd_;
};

/// Whether the descriptor is the stream to the journal that systemd has connected, and named by its
/// device and inode in JOURNAL_STREAM. Source: systemd.exec(5)
[[nodiscard]] bool is_journal_stream(Fd fd, std::string_view journal_stream) noexcept;

}  // namespace xpc::base
