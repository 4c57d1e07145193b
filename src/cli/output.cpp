#include "cli/output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/printable.hpp"

namespace xpc::cli {

using base::Failure;

namespace {

/// A file is always writable.
void wait_writable(base::Fd fd, const std::string& what, const base::Stop& stop) {
    if (base::wait_writable(fd, false, stop, base::never) == base::Woken::stopped) {
        throw Failure(base::Errc::cancelled, what + ": interrupted");
    }
}

/// Returns how many bytes it took: none when there is no room.
std::size_t write_some(base::Fd fd, std::span<const std::byte> bytes, const std::string& what) {
    const ssize_t written = ::write(fd.raw(), bytes.data(), bytes.size());
    if (written >= 0) return static_cast<std::size_t>(written);
    if (errno == EINTR || errno == EAGAIN) return 0;
    if (errno == EPIPE) {
        throw Failure(base::Errc::io, what + ": the program that reads it has ended");
    }
    throw Failure::from_errno(what, errno);
}

}  // namespace

void write_all(base::Fd fd, std::span<const std::byte> bytes, const std::string& what,
               const base::Stop& stop) {
    // A pipe that poll(2) calls writable takes so much without blocking (PIPE_BUF); with more, a
    // reader that pauses would hold us in write(2), out of reach of `stop`.
    constexpr std::size_t never_blocks = 4096;
    while (!bytes.empty()) {
        wait_writable(fd, what, stop);
        bytes =
            bytes.subspan(write_some(fd, bytes.first(std::min(bytes.size(), never_blocks)), what));
    }
}

void write_all(base::Fd fd, std::string_view text, const std::string& what) {
    write_all(fd, std::as_bytes(std::span(text)), what, base::Stop());
}

void print(const Surroundings& surroundings, const std::string& lines) {
    write_all(surroundings.out, lines, "standard output");
}

void print(const Surroundings& surroundings, const base::Json& json) {
    print(surroundings, base::text(printable_json(json.dump(true)), "\n"));
}

void write_if_possible(base::Fd fd, std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t written = ::write(fd.raw(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

bool is_terminal(base::Fd fd) noexcept {
    return ::isatty(fd.raw()) == 1;
}

std::optional<std::size_t> terminal_width(base::Fd fd, const Environment& environment) {
    if (!is_terminal(fd)) return std::nullopt;
    const auto wanted = base::parse_decimal<std::size_t>(environment("COLUMNS").value_or(""));
    if (wanted.value_or(0) > 0) return wanted;
    winsize size{};
    if (::ioctl(fd.raw(), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

bool can_redraw(base::Fd fd, const Environment& environment) {
    return is_terminal(fd) && environment("TERM").value_or("dumb") != "dumb";
}

bool wants_color(base::Fd fd, const Environment& environment) {
    // https://no-color.org: set and not empty, whatever it is
    return can_redraw(fd, environment) && environment("NO_COLOR").value_or("").empty();
}

}  // namespace xpc::cli
