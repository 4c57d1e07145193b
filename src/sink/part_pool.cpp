#include "sink/part_pool.hpp"

#include <cassert>
#include <utility>

namespace xpc::sink {

PartLease::PartLease(PartLease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      memory_(other.memory_),
      filled_bytes_(other.filled_bytes_),
      frames_(other.frames_) {}

PartLease::~PartLease() {
    if (pool_ != nullptr) pool_->give_back(memory_);
}

std::span<std::byte> PartLease::room(std::size_t length) const noexcept {
    if (memory_.size() - filled_bytes_ < length) return {};
    return memory_.subspan(filled_bytes_, length);
}

void PartLease::fill(std::size_t length, std::uint64_t frames) noexcept {
    assert(length <= memory_.size() - filled_bytes_);
    filled_bytes_ += length;
    frames_ += frames;
}

PartPool::PartPool(std::size_t part_bytes, std::size_t part_count)
    : part_count_(part_count),
      memory_(base::Mapping::touched_memory(part_bytes * part_count, "part buffers")) {
    free_.with([&](auto& free) {
        free.reserve(part_count);  // so that giving one back never allocates
        for (std::size_t i = 0; i < part_count; ++i) {
            free.push_back(memory_.bytes().subspan(i * part_bytes, part_bytes));
        }
    });
}

std::optional<PartLease> PartPool::try_take() {
    const auto memory = free_.with([](auto& free) {
        std::span<std::byte> taken;
        if (!free.empty()) {
            taken = free.back();
            free.pop_back();
        }
        return taken;
    });
    if (memory.empty()) return std::nullopt;
    return PartLease(*this, memory);
}

void PartPool::give_back(std::span<std::byte> memory) {
    free_.with([memory](auto& free) { free.push_back(memory); });
}

}  // namespace xpc::sink
