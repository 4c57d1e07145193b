#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/guarded.hpp"

namespace xpc::sink::s3 {

/// What a store has told of itself: what time it is there, in which regions buckets are, and what
/// it can not do. Shared by all uploads, so that each thing is learnt once.
/// Threads: any.
class StoreFacts {
public:
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

    /// Whether it may be asked to write an object only where there is none.
    [[nodiscard]] bool has_conditional_writes() const noexcept { return has_conditional_writes_; }

    void learn_no_conditional_writes() noexcept { has_conditional_writes_ = false; }

    /// Whether it may be asked to tag objects for no more than the reader's comfort.
    [[nodiscard]] bool has_tagging() const noexcept { return has_tagging_; }

    void learn_no_tagging() noexcept { has_tagging_ = false; }

private:
    std::atomic<base::WallTime::rep> ahead_ = 0;  ///< of our clock
    std::atomic<bool> has_conditional_writes_ = true;
    std::atomic<bool> has_tagging_ = true;
    base::Guarded<std::map<std::string, std::string>> regions_;
};

}  // namespace xpc::sink::s3
