#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/guarded.hpp"
#include "base/mapping.hpp"

namespace xpc::sink {

class PartPool;

/// One buffer of encoded bytes, on loan from a pool: it goes back where the lease ends.
class PartLease {
public:
    PartLease(PartLease&& other) noexcept;
    PartLease& operator=(PartLease&&) = delete;
    PartLease(const PartLease&) = delete;
    PartLease& operator=(const PartLease&) = delete;
    ~PartLease();

    /// The `length` bytes behind the filled ones; nothing (empty) where they do not fit.
    [[nodiscard]] std::span<std::byte> room(std::size_t length) const noexcept;

    /// The first `length` bytes of the room are written now, and hold `frames` more frames.
    void fill(std::size_t length, std::uint64_t frames) noexcept;

    [[nodiscard]] std::span<const std::byte> filled() const noexcept {
        return memory_.first(filled_bytes_);
    }

    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }

private:
    friend class PartPool;

    PartLease(PartPool& pool, std::span<std::byte> memory) noexcept
        : pool_(&pool), memory_(memory) {}

    PartPool* pool_;
    std::span<std::byte> memory_;
    std::size_t filled_bytes_ = 0;
    std::uint64_t frames_ = 0;
};

/// A fixed number of buffers, touched before the capture begins.
/// Lifetime: outlives its leases.
/// Threads:  any.
class PartPool {
public:
    /// Errors: Failure(no_memory) with the size.
    PartPool(std::size_t part_bytes, std::size_t part_count);

    /// Never blocks; nothing when all are out.
    [[nodiscard]] std::optional<PartLease> try_take();

    [[nodiscard]] std::size_t part_count() const noexcept { return part_count_; }

private:
    friend class PartLease;

    void give_back(std::span<std::byte> memory);

    std::size_t part_count_;
    base::Mapping memory_;
    base::Guarded<std::vector<std::span<std::byte>>> free_;
};

}  // namespace xpc::sink
