#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/guarded.hpp"

namespace xpc::api {

/// How often somebody may do something: so many times at once, and then once in a while.
/// Memory:  of so many at a time; when there are more, those that did it longest ago are forgotten.
/// Threads: any.
class RateLimit {
public:
    static constexpr std::size_t most_known = 4096;

    struct Terms {
        std::chrono::nanoseconds each;  ///< how long one counts
        std::int64_t at_once = 0;
    };

    explicit RateLimit(Terms terms) : terms_(terms) {}

    /// Notes that `who` does it. Nothing, or in how long it may be done again: this was once too
    /// often, and does not count.
    [[nodiscard]] std::optional<std::chrono::seconds> note(const std::string& who,
                                                           base::Deadline now);

private:
    using Moments = std::map<std::string, base::Deadline>;

    static void make_room(Moments& moments, base::Deadline now);

    Terms terms_;
    base::Guarded<Moments> spent_until_;  ///< when nothing that one did counts any more
};

/// Of failures: ten at once, and then ten a minute.
constexpr RateLimit::Terms failure_terms{.each = std::chrono::seconds(6), .at_once = 10};

/// What an address is counted under: an IPv6 host has a /64 to choose from.
[[nodiscard]] std::string rate_key(const std::string& address);

}  // namespace xpc::api
