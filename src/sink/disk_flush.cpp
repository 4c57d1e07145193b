#include "sink/disk_flush.hpp"

#include <algorithm>

namespace xpc::sink {
namespace {

// Any flush takes what one of no more does.
constexpr std::size_t next_to_nothing = std::size_t{256} << 10U;

// One of which a greater share was cached tells what these take more.
constexpr double most_cached = 0.1;

}  // namespace

DiskFlush::Seconds DiskFlush::of(Bytes bytes) const {
    return at_least_.value() + static_cast<double>(bytes.written) * a_byte_.value() +
           static_cast<double>(bytes.cached) * more_if_cached_.value();
}

void DiskFlush::took(Bytes bytes, Seconds time, bool does_tell) {
    if (bytes.written <= next_to_nothing) at_least_.add(time);
    at_least_.no_more_than(time);
    if (!does_tell) return;
    const auto written = static_cast<double>(bytes.written);
    const auto cached = static_cast<double>(bytes.cached);
    // one that takes what any takes may have had some bytes for nothing, but not all
    const Seconds for_bytes = std::max(time - at_least_.value(), time / 2);
    if (cached < written * most_cached) {
        a_byte_.add(for_bytes / written);
    } else {
        a_byte_.no_more_than(time / written);
        more_if_cached_.add(std::max(for_bytes - written * a_byte_.value(), Seconds(0)) / cached);
    }
}

DiskFlush::Seconds DiskFlush::Told::value() const {
    return before_ ? std::min(*last_, *before_) : last_.value_or(assumed_);
}

void DiskFlush::Told::add(Seconds one) {
    before_ = last_;
    last_ = one;
}

void DiskFlush::Told::no_more_than(Seconds most) {
    if (last_) last_ = std::min(*last_, most);
    if (before_) before_ = std::min(*before_, most);
}

}  // namespace xpc::sink
