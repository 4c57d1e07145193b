#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/guarded.hpp"

namespace xpc::sink::s3 {

/// The requests that make an object.
enum class Write : std::uint8_t { put, complete };

/// What a store makes of a write that is to be done only where there is no object of that key.
enum class Condition : std::uint8_t {
    unproven,  ///< perhaps nothing: Ceph 16 completes an upload all the same
    heeded,
    refused,  ///< 501, as Swift has it of a put
};

/// What a store has told of itself: what time it is there, in which regions buckets are, and what
/// it can not do. Shared by all uploads, so that each thing is learnt once.
/// Threads: any.
class StoreFacts {
public:
    explicit StoreFacts(Condition condition) noexcept : conditions_{condition, condition} {}

    /// The time to sign by.
    [[nodiscard]] base::WallTime now() const {
        return base::wall_now() + base::WallTime::duration(ahead_.load());
    }

    /// `theirs` is what the store's clock showed just now.
    void learn_time(base::WallTime theirs) { ahead_ = (theirs - base::wall_now()).count(); }

    /// Nothing where the store has not named one.
    [[nodiscard]] std::optional<std::string> region_of(const std::string& bucket) {
        return regions_.with([&](const auto& regions) -> std::optional<std::string> {
            const auto found = regions.find(bucket);
            if (found == regions.end()) return std::nullopt;
            return found->second;
        });
    }

    void learn_region(const std::string& bucket, const std::string& region) {
        regions_.with([&](auto& regions) { regions.insert_or_assign(bucket, region); });
    }

    [[nodiscard]] Condition condition_of(Write write) const noexcept {
        return conditions_[std::to_underlying(write)];
    }

    void learn_condition(Write write, Condition condition) noexcept {
        conditions_[std::to_underlying(write)] = condition;
    }

    /// Whether it may be asked to tag objects for no more than the reader's comfort.
    [[nodiscard]] bool has_tagging() const noexcept { return has_tagging_; }

    void learn_no_tagging() noexcept { has_tagging_ = false; }

private:
    std::atomic<base::WallTime::rep> ahead_ = 0;        ///< of our clock
    std::array<std::atomic<Condition>, 2> conditions_;  ///< of each Write
    std::atomic<bool> has_tagging_ = true;
    base::Guarded<std::map<std::string, std::string>> regions_;
};

}  // namespace xpc::sink::s3
