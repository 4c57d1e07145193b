#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "sink/s3/key_source.hpp"

namespace xpc::sink::s3 {

/// The keys that requests are signed with, renewed in time, also in the middle of an upload.
/// Threads: any.
class KeyRing {
public:
    explicit KeyRing(std::unique_ptr<KeySource> source) : source_(std::move(source)) {}

    /// Where they come from, for people.
    [[nodiscard]] std::string source_name() const { return source_->name(); }

    /// Adds what the source uses on this machine.
    void add_needs(KeyNeeds& needs) const { source_->add_needs(needs); }

    /// Renews them when they expire within five minutes; while one thread does, the others go on
    /// with those that there are. Where that fails, those are used for as long as they are good.
    /// Errors:   as KeySource::fetch(), but for what is not worth a retry: that is
    ///           store_keys_expired, too.
    /// Blocking: where there are none, until `stop` or `deadline`, for a minute at most.
    [[nodiscard]] Credentials current(const base::Stop& stop, base::Deadline deadline);

    /// A store said that these are good no more: the next current() asks the source.
    void reject(const Credentials& stale);

private:
    void renew(const base::Stop& stop, base::Deadline deadline);

    std::unique_ptr<KeySource> source_;  ///< of the thread that renews
    std::mutex mutex_;
    std::condition_variable renewed_;
    bool renewing_ = false;  ///< under mutex_, as are those below
    std::optional<Keys> keys_;
    base::WallTime not_before_;  ///< when to ask again, where it has failed
};

}  // namespace xpc::sink::s3
