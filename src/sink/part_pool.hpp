#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/mapping.hpp"

namespace xpc::sink {

class PartPool;

/// Who fills parts: the pool counts what each has out, and lets nobody take the last of it.
/// Lifetime: outlives the parts that were taken for it.
class PartAccount {
    friend class PartPool;
    std::size_t in_use_ = 0;  ///< under the pool's lock
};

/// One buffer of encoded bytes, shared by its filler and by those who still have to write slices of
/// it. It goes back to its pool with the last of them.
/// Threads: the filler writes behind what it has handed out as slices; slices are only read.
// NOLINTNEXTLINE(cppcoreguidelines-special-member-functions): its one assignment copies and moves
class PartRef {
public:
    PartRef(const PartRef& other) noexcept;
    PartRef(PartRef&& other) noexcept;
    PartRef& operator=(PartRef other) noexcept;
    ~PartRef();

    [[nodiscard]] std::span<std::byte> memory() const noexcept { return part_->memory; }

    [[nodiscard]] const PartPool& pool() const noexcept { return *part_->pool; }

    [[nodiscard]] friend bool operator==(const PartRef& one, const PartRef& other) noexcept {
        return one.part_ == other.part_;
    }

private:
    friend class PartPool;

    struct Part {
        PartPool* pool = nullptr;
        std::span<std::byte> memory;
        std::atomic<std::uint32_t> users = 0;
        PartAccount* account = nullptr;
    };

    explicit PartRef(Part& part) noexcept : part_(&part) {}

    Part* part_;
};

/// Bytes of a part that are complete.
struct PartSlice {
    PartRef part;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t frames = 0;     ///< whose last byte is in here
    std::size_t whole_bytes = 0;  ///< up to the end of the last of these

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
        return part.memory().subspan(begin, end - begin);
    }
};

/// A fixed number of buffers for all captures together. Whoever has fewer parts out than eight
/// times what is free may take one more: one alone gets 8/9 of the pool, ten get 8/81 each, and
/// there is always one for somebody who has none. (Choudhury and Hahne, "Dynamic queue length
/// thresholds in a shared memory packet switch", IEEE/ACM Transactions on Networking 6(2), 1998.)
/// Lifetime: outlives its parts.
/// Threads:  any, but for rest().
class PartPool {
public:
    /// Reserves addresses; the memory comes with touch(). `part_bytes` is a multiple of the page
    /// size.
    PartPool(std::size_t part_bytes, std::size_t part_count);

    /// Makes memory for at least `parts` parts exist, and has them ready to be taken.
    /// Errors: Failure(no_memory) with the size.
    void touch(std::size_t parts);

    /// Never blocks; nothing when this account has its share, or all parts are out.
    [[nodiscard]] std::optional<PartRef> try_take(PartAccount& account);

    /// Gives the memory back to the system, but for `kept` parts. No part is out, and nobody calls
    /// touch().
    void rest(std::size_t kept);

    /// Whether try_take() would give that account parts for so many bytes.
    [[nodiscard]] bool has_room(const PartAccount& account, std::size_t bytes) const;

    /// Less than half is free, once so many more are taken: whoever has to write parts is behind.
    [[nodiscard]] bool is_half_out(std::size_t more = 0) const;

    /// Less than an eighth is free: it is time to be sparing.
    [[nodiscard]] bool is_scarce() const;

    /// As many parts make a write that is worth the disk's while: 2 MiB, or a 16th of all.
    [[nodiscard]] std::size_t batch_parts() const noexcept;

    /// The parts of 2 MiB: what is made at a time, and what comes in while the others are made.
    [[nodiscard]] std::size_t first_parts() const noexcept;

    [[nodiscard]] std::size_t part_count() const noexcept { return parts_.size(); }

    /// Of those that are taken.
    [[nodiscard]] std::size_t bytes_out() const;

    /// Of all parts.
    [[nodiscard]] std::size_t bytes() const noexcept { return part_bytes_ * parts_.size(); }

private:
    friend class PartRef;

    void give_back(PartRef::Part& part) noexcept;

    std::size_t part_bytes_;
    base::Mapping memory_;
    std::vector<PartRef::Part> parts_;
    std::mutex touching_;      ///< one at a time touches; taken before mutex_
    std::size_t touched_ = 0;  ///< under touching_: as many parts exist
    mutable std::mutex mutex_;
    std::vector<PartRef::Part*> free_;  ///< under mutex_
};

}  // namespace xpc::sink
