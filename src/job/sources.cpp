#include "job/sources.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace xpc::job {
namespace {

// How often several sources are merged: what is live is that much older, and holds that much
// memory.
constexpr std::chrono::milliseconds between_merges{50};

}  // namespace

Sources::Sources(capture::Engine& engine, const std::vector<capture::CaptureOptions>& interfaces) {
    for (const capture::CaptureOptions& options : interfaces) {
        auto captures = engine.open(options);
        interfaces_.push_back(captures.front()->description());
        const auto number = static_cast<std::uint32_t>(interfaces_.size() - 1);
        numbers_.insert(numbers_.end(), captures.size(), number);
        std::ranges::move(captures, std::back_inserter(captures_));
    }
}

Sources::Sources(std::unique_ptr<capture::Capture> resumed)
    : interfaces_{resumed->description()}, numbers_{0} {
    captures_.push_back(std::move(resumed));
}

std::string Sources::identity() const {
    return captures_.size() == 1 ? captures_.front()->identity() : std::string();
}

capture::Began Sources::start(pcap::FrameConsumer& consumer, sink::PartPool& pool) {
    if (captures_.size() == 1) return captures_.front()->start(consumer);
    merge_ = std::make_unique<Merge>(pool, numbers_, consumer);
    capture::Began last{};
    for (std::size_t i = 0; i < captures_.size(); ++i)
        last = captures_[i]->start(merge_->lane(i));
    return last;
}

base::Woken Sources::wait(std::initializer_list<base::Fd> also, const base::Stop& stop,
                          base::Deadline deadline) {
    std::vector<base::Fd> ended(also);
    for (const auto& capture : captures_)
        ended.push_back(capture->ended().fd());
    for (;;) {
        const auto until = merge_ ? std::min(deadline, base::in(between_merges)) : deadline;
        const auto woken = base::wait(ended, stop, until);
        if (merge_ && !merge_->advance()) {
            is_full_ = true;
            return base::Woken::ready;
        }
        if (woken != base::Woken::deadline || until == deadline) return woken;
    }
}

bool Sources::have_ended() const {
    return is_full_ || std::ranges::any_of(captures_, [](const auto& capture) {
               return capture->ended().requested();
           });
}

capture::End Sources::finish() {
    capture::End first{};
    for (const auto& capture : captures_) {
        const bool by_itself = capture->ended().requested();
        auto end = capture->finish();
        const bool is_cause = by_itself && first.reason == capture::EndReason::stopped;
        if (is_cause || first.at == base::WallTime()) first = std::move(end);
    }
    if (merge_) merge_->finish();
    if (is_full_) first.reason = capture::EndReason::full;
    return first;
}

void Sources::close() noexcept {
    captures_.clear();
}

std::vector<Counters> Sources::counters(const Counters& total) const {
    if (!merge_) return {total};
    std::vector<Counters> each;
    each.reserve(interfaces_.size());
    for (std::uint32_t i = 0; i < interfaces_.size(); ++i)
        each.push_back(merge_->counters(i));
    return each;
}

}  // namespace xpc::job
