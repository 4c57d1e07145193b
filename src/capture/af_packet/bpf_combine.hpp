#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "capture/af_packet/bpf.hpp"

namespace xpc::capture::af_packet {

// What goes in are programs that the kernel takes; so is what comes out.

/// Accepts all that any of the programs accepts; nothing where there are none. Of frames that are
/// too short for one of them, as it would look behind their end, it accepts those that the others
/// do not, too: the kernel would end all there, for all of them. What it accepts is cut to the
/// longest cut of them. Where they do not accept_same(), it is not cut before what any
/// of them may look at either, so that each can be run once more on what is left (match.hpp). Where
/// the programs together are more than the kernel takes, what comes out accepts every frame.
[[nodiscard]] Program either(std::span<const Program> programs);

/// Accepts what both accept, cut as `second` says.
/// Errors: invalid_value with field "filter", where that is more than the kernel takes.
[[nodiscard]] base::Result<Program> both(const Program& first, const Program& second);

/// The first for frames without a tag that the kernel has taken off, the second for those with one.
/// Errors: as of both().
[[nodiscard]] base::Result<Program> by_tag(const Program& untagged, const Program& tagged);

/// Keeps `snaplen` bytes of what it accepts.
[[nodiscard]] Program with_cut(Program program, std::uint32_t snaplen);

[[nodiscard]] Program accept_all(std::uint32_t snaplen);

/// How many of a frame's first bytes the program may look at; at most longest_reach.
[[nodiscard]] std::uint32_t reach(const Program& program) noexcept;

/// As much as a ring gives of any frame.
constexpr std::uint32_t longest_reach = 262'144;

/// Whether the two are the same but for how many bytes they keep. Where the program of a job and
/// the kernel's accept the same, there is nothing left to ask of its frames.
[[nodiscard]] bool accept_same(const Program& one, const Program& other) noexcept;

}  // namespace xpc::capture::af_packet
