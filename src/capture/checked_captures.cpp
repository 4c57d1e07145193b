#include "capture/checked_captures.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace xpc::capture {

base::Result<Description> CheckedCaptures::check(const Engine& engine,
                                                 const CaptureOptions& options) {
    auto interface = finder_.find(options.interface);
    if (!interface) return engine.check(options);  // which says so as it says other things
    Wish wish{
        .interface = std::move(*interface), .filter = options.filter, .snaplen = options.snaplen};
    auto known = granted_.with([&wish](auto& granted) -> std::optional<Description> {
        const auto found = std::ranges::find(granted, wish, &Granted::wish);
        if (found == granted.end()) return std::nullopt;
        granted.splice(granted.begin(), granted, found);
        return found->description;
    });
    if (known) return std::move(*known);
    auto description = engine.check(options);
    if (!description) return description;
    granted_.with([&](auto& granted) {
        granted.push_front({.wish = std::move(wish), .description = *description});
        if (granted.size() > most) granted.pop_back();
    });
    return description;
}

}  // namespace xpc::capture
