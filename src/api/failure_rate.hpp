#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/guarded.hpp"

namespace xpc::api {

/// How often somebody may fail. Each failure counts for six seconds: ten may come at once, and then
/// ten a minute.
/// Memory:  of so many addresses at a time; when there are more, those that failed longest ago are
///          forgotten.
/// Threads: any.
class FailureRate {
public:
    static constexpr std::chrono::seconds each{6};
    static constexpr int at_once = 10;
    static constexpr std::size_t most_addresses = 4096;

    /// Notes a failure from that address. Nothing, or in how long it may fail again: this one was
    /// too many, and does not count.
    [[nodiscard]] std::optional<std::chrono::seconds> note(const std::string& address,
                                                           base::Deadline now);

private:
    using Moments = std::map<std::string, base::Deadline>;

    static void make_room(Moments& moments, base::Deadline now);

    base::Guarded<Moments> spent_until_;  ///< when nothing of an address counts any more
};

/// What failures of that address are counted under: an IPv6 host has a /64 to choose from.
[[nodiscard]] std::string failure_key(const std::string& address);

}  // namespace xpc::api
