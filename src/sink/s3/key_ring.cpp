#include "sink/s3/key_ring.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace xpc::sink::s3 {
namespace {

// "refresh before they expire": as long before as the AWS SDKs do at the latest.
constexpr std::chrono::minutes before_expiry{5};

constexpr std::chrono::minutes longest_fetch{1};
constexpr std::chrono::seconds rest_after_failure{30};

bool are_fresh(const Keys& keys, base::WallTime now) {
    return !keys.expires || now < *keys.expires - before_expiry;
}

bool are_good(const Keys& keys, base::WallTime now) {
    return !keys.expires || now < *keys.expires;
}

/// What a source says while the server runs may be otherwise in a moment: somebody writes the file
/// anew, attaches the role, mends the process. Nothing of it is a reason to give a capture up.
base::Failure passing(const base::Failure& failed) {
    const auto& error = failed.error();
    if (base::traits(error.errc).worth_a_retry) return failed;
    return {base::Errc::store_keys_expired, error.message};
}

}  // namespace

Credentials KeyRing::current(const base::Stop& stop, base::Deadline deadline) {
    const auto until = std::min(deadline, base::in(longest_fetch));
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            const auto now = base::wall_now();
            const bool has_good = keys_ && are_good(*keys_, now);
            if (has_good && (are_fresh(*keys_, now) || renewing_ || now < not_before_)) {
                return keys_->credentials;
            }
            if (renewing_) {  // and there are none to go on with
                if (!renewed_.wait_until(lock, until, [this] { return !renewing_; })) {
                    throw base::Failure(base::Errc::timeout, source_->name() + ": no keys in time");
                }
                continue;
            }
            renewing_ = true;
        }
        renew(stop, until);
    }
}

void KeyRing::renew(const base::Stop& stop, base::Deadline deadline) {
    std::optional<Keys> keys;
    std::optional<base::Failure> failure;
    try {
        keys = source_->fetch(stop, deadline);
    } catch (const base::Failure& failed) {  // thrown below, where there are no others
        failure = passing(failed);
    }
    const std::lock_guard lock(mutex_);
    const auto now = base::wall_now();
    renewing_ = false;
    renewed_.notify_all();
    if (keys && are_good(*keys, now)) {
        keys_ = std::move(keys);
        // what is nearly over when it comes is all that there is
        not_before_ = now + rest_after_failure;
        if (keys_->expires) base::log::info("credentials.renewed", {{"source", source_->name()}});
        return;
    }
    if (keys) {
        failure = base::Failure(base::Errc::store_keys_expired,
                                source_->name() + ": the keys that it gives have expired");
    }
    if (!keys_ || !are_good(*keys_, now)) throw base::Failure(*failure);
    not_before_ = now + rest_after_failure;
    base::log::warning("credentials.not_renewed",
                       {{"source", source_->name()}, {"cause", failure->error().message}});
}

void KeyRing::reject(const Credentials& stale) {
    const std::lock_guard lock(mutex_);
    const bool are_those = keys_ && keys_->credentials.access_key == stale.access_key &&
                           keys_->credentials.session_token == stale.session_token;
    if (are_those) keys_.reset();
}

}  // namespace xpc::sink::s3
