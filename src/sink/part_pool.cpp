#include "sink/part_pool.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "base/clock.hpp"

namespace xpc::sink {
namespace {

// How many times what is free one account may have.
constexpr std::size_t share = 8;

constexpr const char* what = "part buffers";

// A step of touch() that takes longer is worth less than it costs: with small pages it takes one.
constexpr std::chrono::milliseconds longest_step{3};

// But for these: a capture that is written as fast as it comes uses no others.
constexpr std::size_t first_steps = 4;

}  // namespace

PartRef::PartRef(const PartRef& other) noexcept : part_(other.part_) {
    part_->users.fetch_add(1, std::memory_order_relaxed);
}

PartRef::PartRef(PartRef&& other) noexcept : part_(std::exchange(other.part_, nullptr)) {}

PartRef& PartRef::operator=(PartRef other) noexcept {
    std::swap(part_, other.part_);
    return *this;
}

PartRef::~PartRef() {
    if (part_ == nullptr) return;
    // what the others have read is read before the next one writes there
    if (part_->users.fetch_sub(1, std::memory_order_acq_rel) == 1) part_->pool->give_back(*part_);
}

PartPool::PartPool(std::size_t part_bytes, std::size_t part_count)
    : part_bytes_(part_bytes),
      memory_(base::Mapping::reserved(part_bytes * part_count, what)),
      parts_(part_count) {
    free_.reserve(part_count);  // so that giving one back never allocates
    for (std::size_t i = 0; i < part_count; ++i) {
        parts_[i].pool = this;
        parts_[i].memory = memory_.bytes().subspan(i * part_bytes, part_bytes);
    }
}

void PartPool::touch(std::size_t parts) {
    const std::lock_guard one_at_a_time(touching_);
    const std::size_t wanted = std::min(parts, parts_.size());
    // by and by: a capture that runs already can use the first while the last are being made
    const std::size_t step = first_parts();
    bool are_large_pages_at_hand = true;
    while (touched_ < wanted) {
        const bool is_first = touched_ < first_steps * step;
        const std::size_t count = std::min(step, wanted - touched_);
        const std::size_t begin = touched_ * part_bytes_;
        const auto began = base::Deadline::clock::now();
        if (are_large_pages_at_hand || is_first) {
            memory_.prefer_large_pages(begin, count * part_bytes_);
        }
        memory_.touch(begin, count * part_bytes_, what);
        if (base::Deadline::clock::now() - began > longest_step) are_large_pages_at_hand = false;
        const std::lock_guard lock(mutex_);
        // below those that are there: who takes gets what was made first, and lately used
        for (std::size_t i = 0; i < count; ++i)
            free_.insert(free_.begin(), &parts_[touched_++]);
    }
}

std::optional<PartRef> PartPool::try_take(PartAccount& account) {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::nullopt;
    if (account.in_use_ > 0 && account.in_use_ >= share * free_.size()) return std::nullopt;
    PartRef::Part& part = *free_.back();
    free_.pop_back();
    ++account.in_use_;
    part.account = &account;
    part.users.store(1, std::memory_order_relaxed);
    return PartRef(part);
}

void PartPool::rest(std::size_t kept) {
    const std::lock_guard one_at_a_time(touching_);
    const std::lock_guard lock(mutex_);
    assert(free_.size() == touched_);
    touched_ = std::min(touched_, kept);
    free_.clear();
    for (std::size_t i = touched_; i > 0; --i)
        free_.push_back(&parts_[i - 1]);
    memory_.forget(touched_ * part_bytes_);
}

std::size_t PartPool::first_parts() const noexcept {
    constexpr std::size_t first_bytes = std::size_t{2} << 20U;
    return std::max<std::size_t>(1, first_bytes / part_bytes_);
}

std::size_t PartPool::batch_parts() const noexcept {
    return std::clamp<std::size_t>(parts_.size() / 16, 1, first_parts());
}

bool PartPool::has_room(const PartAccount& account, std::size_t bytes) const {
    const std::size_t wanted = (bytes + part_bytes_ - 1) / part_bytes_;
    const std::lock_guard lock(mutex_);
    if (free_.size() < wanted) return false;
    // as it will be when the last of them is asked for
    const std::size_t left = free_.size() - wanted + 1;
    return wanted == 0 || account.in_use_ + wanted - 1 < share * left;
}

bool PartPool::is_half_out(std::size_t more) const {
    const std::lock_guard lock(mutex_);
    return free_.size() * 2 < parts_.size() + more * 2;
}

std::size_t PartPool::bytes_out() const {
    const std::lock_guard lock(mutex_);
    return (parts_.size() - free_.size()) * part_bytes_;
}

bool PartPool::is_scarce() const {
    const std::lock_guard lock(mutex_);
    return free_.size() * 8 < parts_.size();
}

void PartPool::give_back(PartRef::Part& part) noexcept {
    const std::lock_guard lock(mutex_);
    --part.account->in_use_;
    free_.push_back(&part);
}

}  // namespace xpc::sink
