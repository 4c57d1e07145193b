#include "job/device_keeper.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/thread_name.hpp"
#include "job/passing_errors.hpp"
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

void DeviceKeeper::notice_reached() {
    if (obstacle()) doubt();
}

bool DeviceKeeper::is_settled() const {
    const State state = state_.copy();
    return state.looked == state.asked;
}

void DeviceKeeper::work() {
    base::name_thread(base::text("device ", device_));
    while (!stop_.requested()) {
        wakeup_.clear();
        const State before = state_.copy();
        base::Deadline next = base::in(options_.between_tries);
        try {
            next = look();
        } catch (const base::Failure& failure) {  // of the job store: tried again
            state_.with([&](State& state) { state.obstacle = failure.error(); });
        }
        const bool is_other = state_.with([&](State& state) {
            state.looked = before.asked;
            // an obstacle that lasts ends the jobs that wait for it
            return state.may_start != before.may_start || state.obstacle || before.obstacle;
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
    const auto now = base::Deadline::clock::now();
    const bool is_wanted = is_refused_ && store_.has_captures(device_);
    if (is_wanted) look_at_ = std::min(look_at_, looked_at_ + options_.between_tries);
    const bool is_due = is_doubted || now >= look_at_;
    if (is_due) refused_.clear();
    std::erase_if(unneeded,
                  [this](const DeviceCapture& capture) { return refused_.contains(capture.name); });
    const bool has_work = state_.copy().may_start && !is_refused_ && !unneeded.empty();
    if (!is_due && !has_work) return look_at_;
    const auto done = set_right(unneeded);
    if (!done && !stop_.requested()) {
        base::log::warning("device.not_ready",
                           {{"device", device_}, {"cause", done.error().message}});
    }
    is_refused_ = !done && !may_pass(done.error());
    looked_at_ = base::Deadline::clock::now();
    look_at_ = looked_at_ + (done          ? options_.between_looks
                             : is_refused_ ? options_.after_refusal
                                           : options_.between_tries);
    note(done);
    return look_at_;
}

void DeviceKeeper::note(const Result<void>& found) {
    state_.with([&](State& state) {
        const bool is_refused = !found && !may_pass(found.error());
        state.may_start = found.has_value() || is_refused;
        if (!found && !state.obstacle) state.away_since = base::Deadline::clock::now();
        state.obstacle = found ? std::nullopt : std::optional(found.error());
    });
}

std::optional<base::Error> DeviceKeeper::lasting_obstacle(std::chrono::milliseconds longest) const {
    const State state = state_.copy();
    const bool lasts = state.obstacle && may_pass(*state.obstacle) &&
                       base::Deadline::clock::now() >= state.away_since + longest;
    return lasts ? state.obstacle : std::nullopt;
}

Result<void> DeviceKeeper::set_right(const std::vector<DeviceCapture>& unneeded) {
    if (auto ready = engine_.readiness(); !ready) return ready;
    if (!is_swept_) {
        if (auto swept = sweep(); !swept) return swept;
        is_swept_ = true;
    }
    // What may be a capture still has a place that another one needs. Of what was delivered only
    // the file is left, for which no job waits.
    std::vector<DeviceCapture> files;
    for (const DeviceCapture& capture : unneeded) {
        const auto job = store_.find(capture.job_id);
        if (job && job->position.delivery == Delivery::delivered) {
            files.push_back(capture);
        } else if (auto cleared = clear(capture); !cleared) {
            return cleared;
        }
    }
    if (!files.empty() && !may_start()) {
        note({});
        on_change_();
    }
    for (const DeviceCapture& capture : files) {
        if (auto cleared = clear(capture); !cleared) return cleared;
    }
    return {};
}

/// Of what is not in the store, because its file was lost, or another one's.
Result<void> DeviceKeeper::sweep() {
    auto kept = needed_names();
    for (const DeviceCapture& noted : store_.on_device(device_))
        kept.push_back(noted.name);
    const auto swept = engine_.sweep(kept);
    if (!swept) return std::unexpected(swept.error());
    return {};
}

/// Errors: what may pass. What the device refuses to remove other captures need not wait for.
Result<void> DeviceKeeper::clear(const DeviceCapture& capture) {
    if (stop_.requested()) return {};
    const auto transcript =
        Transcript::existing(transcript_path(options_.transcript_dir, capture.job_id));
    auto cleared = engine_.clear(capture.name, transcript.get());
    if (cleared) {
        store_.forget_on_device(device_, capture.name);
    } else if (!may_pass(cleared.error())) {
        refused_.insert(capture.name);
        base::log::warning(
            "device.not_cleared",
            {{"device", device_}, {"capture", capture.name}, {"cause", cleared.error().message}});
        return {};
    }
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
