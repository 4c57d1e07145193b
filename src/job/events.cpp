#include "job/events.hpp"

#include <chrono>
#include <iterator>
#include <utility>

#include "base/clock.hpp"

namespace xpc::job {
namespace {

/// Microseconds since 1970: above all ids of earlier processes, which had less than a million
/// events a second, and exact in a JavaScript number (2^53) until the year 2255.
std::uint64_t first_id() {
    using std::chrono::microseconds;
    const auto since_epoch = base::wall_now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::floor<microseconds>(since_epoch).count());
}

}  // namespace

Events::Events(std::size_t most_history)
    : most_history_(most_history), last_id_(first_id()), forgotten_(last_id_) {}

void Events::changed(const Job& job) {
    publish({.job_id = job.id, .job = std::make_shared<const Job>(job)});
}

void Events::changed(const std::string& job_id) {
    publish({.job_id = job_id, .job = nullptr});
}

void Events::removed(const std::string& job_id) {
    publish({.kind = Event::Kind::removed, .job_id = job_id, .job = nullptr});
}

void Events::publish(Event event) {
    const std::lock_guard lock(mutex_);
    event.id = ++last_id_;
    const auto wake = [this](std::string_view job_id) {
        const auto [first, last] = followers_.equal_range(job_id);
        for (auto follower = first; follower != last; ++follower)
            follower->second();
    };
    const std::string job_id = event.job_id;
    history_.push_back(std::move(event));
    if (history_.size() > most_history_) {
        forgotten_ = history_.front().id;
        history_.pop_front();
    }
    wake(job_id);
    wake({});
}

std::unique_ptr<Events::Subscription> Events::subscribe(std::string job_id,
                                                        std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    return std::make_unique<Subscription>(*this,
                                          followers_.emplace(std::move(job_id), std::move(wake)));
}

Events::Subscription::~Subscription() {
    const std::lock_guard lock(events_.mutex_);
    events_.followers_.erase(place_);
}

Events::News Events::since(std::uint64_t id, std::string_view job_id, std::size_t most) const {
    const std::lock_guard lock(mutex_);
    News news{.events = {}, .is_complete = id >= forgotten_ && id <= last_id_};
    if (!news.is_complete) return news;
    // newest first, as nearly all who ask have missed none or few
    auto first = history_.end();
    while (first != history_.begin() && std::prev(first)->id > id)
        --first;
    for (; first != history_.end() && news.events.size() < most; ++first) {
        if (job_id.empty() || first->job_id == job_id) news.events.push_back(*first);
    }
    return news;
}

std::uint64_t Events::last_id() const {
    const std::lock_guard lock(mutex_);
    return last_id_;
}

std::uint64_t Events::take_ids(std::size_t count) {
    const std::lock_guard lock(mutex_);
    const auto first = last_id_ + 1;
    last_id_ += count;
    return first;
}

}  // namespace xpc::job
