#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/stop.hpp"
#include "base/unique_fd.hpp"
#include "cli/command_line.hpp"

namespace xpc::cli {

struct Surroundings;

/// Writes all of `bytes` to `fd`, whose name in messages is `what`.
/// Errors:   Failure with the cause (disk_full, io, ...) when not all of them could be written;
///           Failure(cancelled) when `stop` came first.
/// Blocking: until whoever reads a pipe has made room, or `stop`.
void write_all(base::Fd fd, std::span<const std::byte> bytes, const std::string& what,
               const base::Stop& stop);

/// The same for a text, without an end to the wait: for what is small.
void write_all(base::Fd fd, std::string_view text, const std::string& what);

/// The same on standard output; JSON indented, and made printable.
void print(const Surroundings& surroundings, const std::string& lines);
void print(const Surroundings& surroundings, const base::Json& json);

/// Messages and progress on standard error: what cannot be written is lost, since there is nobody
/// to tell.
void write_if_possible(base::Fd fd, std::string_view text) noexcept;

[[nodiscard]] bool is_terminal(base::Fd fd) noexcept;

/// Columns of the terminal at `fd`: COLUMNS where it is a number, else what the terminal says,
/// else 80. Nothing where `fd` is no terminal.
[[nodiscard]] std::optional<std::size_t> terminal_width(base::Fd fd,
                                                        const Environment& environment);

/// Whether the terminal at `fd` can move its cursor and wants colours.
[[nodiscard]] bool can_redraw(base::Fd fd, const Environment& environment);
[[nodiscard]] bool wants_color(base::Fd fd, const Environment& environment);

}  // namespace xpc::cli
