#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace xpc::bench {

/// What xpc-generator is to send.
struct Options {
    std::string interface;
    std::uint64_t rate = 0;  ///< frames a second; 0: as fast as it goes
    std::optional<std::uint64_t> count;
    std::optional<std::uint64_t> seconds;  ///< neither: until SIGINT or SIGTERM
    std::vector<std::size_t> sizes = {64};
    std::uint64_t flows = 1;
};

inline constexpr std::string_view usage =
    "xpc-generator --interface NAME [--rate N] [--count N] [--seconds S]\n"
    "              [--size 64|570|1514|imix] [--flows N]\n";

[[nodiscard]] base::Result<Options> parse_options(std::span<const std::string_view> arguments);

}  // namespace xpc::bench
