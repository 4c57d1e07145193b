#include "generator/options.hpp"

#include <limits>
#include <utility>

#include "base/text.hpp"

namespace xpc::bench {
namespace {

using base::Errc;
using base::Result;

// The simple IMIX: 64, 570 and 1,514 bytes as 7:4:1, spread so that no size comes in a row for
// long.
const std::vector<std::size_t> imix = {64, 570, 64, 570, 64, 64, 570, 64, 570, 64, 1514, 64};

// Each has a source address of its own in 10.99.0.0/16.
constexpr std::uint64_t most_flows = 65000;

[[nodiscard]] Result<std::vector<std::size_t>> parse_sizes(std::string_view word) {
    if (word == "imix") return imix;
    const auto size = base::parse_decimal<std::size_t>(word);
    if (!size || *size < 64 || *size > 1514)
        return base::refuse(Errc::usage, "--size takes 64 to 1514, or imix");
    return std::vector{*size};
}

/// Puts a number into `place`, which may be an optional.
template <typename Place>
[[nodiscard]] Result<void> take_number(Place& place, std::string_view name, std::string_view word,
                                       std::uint64_t least, std::uint64_t most) {
    const auto number = base::parse_decimal<std::uint64_t>(word);
    if (!number || *number < least || *number > most)
        return base::refuse(Errc::usage, base::text(name, " takes a number, not ", word));
    place = *number;
    return {};
}

[[nodiscard]] Result<void> take(Options& options, std::string_view name, std::string_view word) {
    constexpr auto any = std::numeric_limits<std::uint64_t>::max();
    if (name == "--rate") return take_number(options.rate, name, word, 0, 100'000'000);
    if (name == "--count") return take_number(options.count, name, word, 1, any);
    if (name == "--seconds") return take_number(options.seconds, name, word, 1, 86'400);
    if (name == "--flows") return take_number(options.flows, name, word, 1, most_flows);
    if (name == "--interface") {
        options.interface = word;
        return {};
    }
    if (name == "--size") {
        auto sizes = parse_sizes(word);
        if (!sizes) return std::unexpected(sizes.error());
        options.sizes = std::move(*sizes);
        return {};
    }
    return base::refuse(Errc::usage, base::text("no option ", name));
}

}  // namespace

Result<Options> parse_options(std::span<const std::string_view> arguments) {
    Options options;
    for (std::size_t at = 0; at < arguments.size(); at += 2) {
        if (at + 1 == arguments.size())
            return base::refuse(Errc::usage, base::text(arguments[at], " takes a value"));
        if (auto taken = take(options, arguments[at], arguments[at + 1]); !taken)
            return std::unexpected(taken.error());
    }
    if (options.interface.empty()) return base::refuse(Errc::usage, "--interface is missing");
    return options;
}

}  // namespace xpc::bench
