#include "capture/ios_xe/watch.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace xpc::capture::ios_xe {

Watch::Watch(Device& device) : device_(device), thread_([this] { run(); }) {}

Watch::~Watch() {
    stop_.request();
    device_.stop().request();
}

void Watch::join(const std::string& name, std::shared_ptr<Watched> watched) {
    names_.with([&](Names& names) { names[name] = std::move(watched); });
    changed_.ring();
}

void Watch::leave(const std::string& name) {
    names_.with([&name](Names& names) { names.erase(name); });
}

void Watch::run() {
    base::name_thread("device watch");
    for (;;) {
        const auto names = names_.copy();
        const auto next = names.empty() ? base::never : base::in(device_.pace().status);
        const auto woken = base::wait(changed_.fd(), stop_, next);
        if (woken == base::Woken::stopped) return;
        changed_.clear();
        if (woken == base::Woken::deadline) look(names);
    }
}

void Watch::look(const Names& names) {
    const auto answer = device_.ask({{.text = "show monitor capture"}}, nullptr);
    tell(answer);
    if (!answer) return;
    const auto points = parse_points(*answer);
    // of a refusal nothing follows
    if (points.empty() && refusal(*answer) && !says_no_capture(*answer)) return;
    for (const auto& [name, watched] : names) {
        const auto found = std::ranges::find(points, name, &Point::name);
        notice(*watched, found == points.end() ? std::nullopt : std::optional(*found));
    }
}

void Watch::tell(const base::Result<std::string>& answer) {
    if (answer.has_value() == is_reached_ || (!answer && stop_.requested())) return;
    is_reached_ = answer.has_value();
    if (is_reached_) {
        base::log::info("device.reached", {{"device", device_.settings().name}});
    } else {
        base::log::warning("device.not_reached", {{"device", device_.settings().name},
                                                  {"cause", answer.error().message}});
    }
}

void Watch::notice(Watched& watched, const std::optional<Point>& point) {
    const auto now = base::Deadline::clock::now();
    const bool has_ended = watched.seen.with([&](Watched::Seen& seen) {
        constexpr int sure = 2;  // an answer that is cut off lacks captures too
        seen.missing = point ? 0 : seen.missing + 1;
        if (seen.state != Watched::State::active) return false;
        if (point ? point->is_active : seen.missing < sure) return false;
        seen.state = point ? Watched::State::inactive : Watched::State::gone;
        seen.at = base::wall_now();
        seen.on = now;
        return seen.state == Watched::State::gone || now < watched.due;
    });
    if (has_ended) watched.ended.request();
}

}  // namespace xpc::capture::ios_xe
