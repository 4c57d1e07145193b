#include "job/device_keeper.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "job/transcript.hpp"

namespace xpc::job {

using base::Result;

DeviceKeeper::DeviceKeeper(std::string device, capture::Engine& engine, Store& store,
                           DeviceKeeperOptions options, std::function<void()> on_change)
    : device_(std::move(device)),
      engine_(engine),
      store_(store),
      options_(std::move(options)),
      on_change_(std::move(on_change)) {
    thread_ = std::jthread([this] { work(); });
}

DeviceKeeper::~DeviceKeeper() {
    stop_.request();
}

void DeviceKeeper::look_again() {
    state_.with([](State& state) { ++state.asked; });
    wakeup_.ring();
}

void DeviceKeeper::doubt() {
    state_.with([](State& state) {
        state.may_start = false;
        state.is_doubted = true;
    });
    look_again();
}

bool DeviceKeeper::is_settled() const {
    const State state = state_.copy();
    return state.looked == state.asked;
}

void DeviceKeeper::work() {
    while (!stop_.requested()) {
        wakeup_.clear();
        const State before = state_.copy();
        base::Deadline next = base::in(options_.between_tries);
        std::optional<base::Error> obstacle = before.obstacle;
        try {
            next = look();
        } catch (const base::Failure& failure) {  // of the job store: tried again
            state_.with([&](State& state) { state.obstacle = failure.error(); });
        }
        const bool is_other = state_.with([&](State& state) {
            state.looked = before.asked;
            return state.may_start != before.may_start ||
                   state.obstacle.has_value() != before.obstacle.has_value();
        });
        if (is_other || before.looked == 0) on_change_();
        [[maybe_unused]] const auto woken = base::wait(wakeup_.fd(), stop_, next);
    }
}

/// Returns when to look again, if nothing happens.
base::Deadline DeviceKeeper::look() {
    auto unneeded = unneeded_captures();
    const bool is_needed = !unneeded.empty() || store_.has_captures(device_);
    if (!is_needed && !options_.looks_when_idle) return base::never;
    const bool is_doubted =
        state_.with([](State& state) { return std::exchange(state.is_doubted, false); });
    const bool is_due = is_doubted || base::Deadline::clock::now() >= look_at_;
    if (is_due) refused_.clear();
    std::erase_if(unneeded,
                  [this](const DeviceCapture& capture) { return refused_.contains(capture.name); });
    const bool has_work = state_.copy().may_start && !unneeded.empty();
    if (!is_due && !has_work) return look_at_;
    const auto done = set_right(unneeded);
    if (!done && !stop_.requested()) {
        base::log::warning("device.not_ready",
                           {{"device", device_}, {"cause", done.error().message}});
    }
    look_at_ = base::in(done ? options_.between_looks : options_.between_tries);
    state_.with([&](State& state) {
        state.may_start = done.has_value();
        state.obstacle = done ? std::nullopt : std::optional(done.error());
    });
    return look_at_;
}

Result<void> DeviceKeeper::set_right(const std::vector<DeviceCapture>& unneeded) {
    if (auto ready = engine_.readiness(); !ready) return ready;
    if (!is_swept_) {
        if (auto swept = sweep(); !swept) return swept;
        is_swept_ = true;
    }
    for (const DeviceCapture& capture : unneeded) {
        if (stop_.requested()) return {};
        auto cleared = clear(capture);
        if (cleared) continue;
        if (base::traits(cleared.error().errc).worth_a_retry) return cleared;
        // other captures need not wait for what the device refuses to remove
        refused_.insert(capture.name);
        base::log::warning(
            "device.not_cleared",
            {{"device", device_}, {"capture", capture.name}, {"cause", cleared.error().message}});
    }
    return {};
}

/// Of what is not in the store, because its file was lost, or another one's.
Result<void> DeviceKeeper::sweep() {
    const auto swept = engine_.sweep(needed_names());
    if (!swept) return std::unexpected(swept.error());
    for (const std::string& name : *swept)
        store_.forget_on_device(device_, name);
    return {};
}

Result<void> DeviceKeeper::clear(const DeviceCapture& capture) {
    const auto transcript =
        Transcript::existing(transcript_path(options_.transcript_dir, capture.job_id));
    auto cleared = engine_.clear(capture.name, transcript.get());
    if (cleared) store_.forget_on_device(device_, capture.name);
    return cleared;
}

std::vector<std::string> DeviceKeeper::needed_names() {
    std::vector<std::string> names;
    for (const std::int64_t number : store_.open_numbers(device_))
        names.push_back(engine_.capture_name(number));
    return names;
}

std::vector<DeviceCapture> DeviceKeeper::unneeded_captures() {
    auto captures = store_.on_device(device_);
    const auto needed = needed_names();
    std::erase_if(captures, [&needed](const DeviceCapture& capture) {
        return std::ranges::find(needed, capture.name) != needed.end();
    });
    return captures;
}

}  // namespace xpc::job
