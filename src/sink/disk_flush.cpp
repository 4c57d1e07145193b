#include "sink/disk_flush.hpp"

#include <algorithm>

namespace xpc::sink {
namespace {

// Any flush takes what one of no more does.
constexpr std::size_t next_to_nothing = std::size_t{256} << 10U;

// One of less does not tell what a byte takes.
constexpr std::size_t least_telling = std::size_t{16} << 20U;

constexpr DiskFlush::Seconds assumed_at_least{0};
constexpr DiskFlush::Seconds assumed_a_byte{1e-9};

}  // namespace

DiskFlush::Seconds DiskFlush::of(std::size_t bytes) const {
    const std::lock_guard lock(mutex_);
    return at_least_.value_or(assumed_at_least) +
           static_cast<double>(bytes) * a_byte_.value_or(assumed_a_byte);
}

bool DiskFlush::is_known() const {
    const std::lock_guard lock(mutex_);
    return a_byte_.is_known();
}

void DiskFlush::took(std::size_t bytes, base::Deadline::duration duration) {
    const std::lock_guard lock(mutex_);
    if (bytes <= next_to_nothing) at_least_.add(duration);
    if (bytes < least_telling) return;
    const Seconds for_bytes = duration - at_least_.value_or(assumed_at_least);
    a_byte_.add(std::max(for_bytes, Seconds(0)) / static_cast<double>(bytes));
}

DiskFlush::Seconds DiskFlush::Told::value_or(Seconds assumed) const {
    return before_ ? std::min(*last_, *before_) : last_.value_or(assumed);
}

void DiskFlush::Told::add(Seconds one) {
    before_ = last_;
    last_ = one;
}

}  // namespace xpc::sink
