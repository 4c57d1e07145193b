#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "capture/af_packet/bpf.hpp"

namespace xpc::capture::af_packet {

// A program that reads behind the frame's end, or divides by 0, ends there, and the frame is
// refused (bpf_convert_filter() of the kernel). One of several in one program must not: the frame
// would be refused for those behind it, too. So it is asked first whether it would.

/// What is asked in front of a step.
enum class Guard : std::uint8_t {
    none,
    length,  ///< whether the frame is long enough
    index,   ///< likewise, where the step adds X
};

/// How many steps a guard is.
[[nodiscard]] constexpr std::size_t length_of(Guard guard) noexcept {
    constexpr std::size_t of_length = 2;
    constexpr std::size_t of_index = 4;
    switch (guard) {
        case Guard::none:
            return 0;
        case Guard::length:
            return of_length;
        case Guard::index:
            return of_index;
    }
    return 0;
}

/// One for each step of a program that sees no frame below `shortest` bytes. What a way to a step
/// has asked already is not asked again. Nothing where no guard helps: where it divides by what it
/// has read, or needs A while it asks.
[[nodiscard]] std::optional<std::vector<Guard>> guards_of(const Program& program,
                                                          std::uint32_t shortest);

/// How many bytes of a frame a load needs, X not included; 0 of what is no load of a frame's bytes.
[[nodiscard]] std::uint64_t end_of_load(const sock_filter& step) noexcept;

[[nodiscard]] bool is_indirect_load(const sock_filter& step) noexcept;

}  // namespace xpc::capture::af_packet
