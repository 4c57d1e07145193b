#include "sink/s3/transport.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "sink/s3/key_ring.hpp"
#include "sink/s3/reply.hpp"
#include "sink/s3/retry.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::text;

using Clock = base::Deadline::clock;

/// The end of a request that goes on for ever, a byte at a time. Honest ones never come near:
/// CompleteMultipartUpload "could take several minutes" (AWS), and 16 KiB/s is a poor line.
base::Deadline slowest(std::size_t body_bytes) {
    constexpr std::chrono::minutes longest_silence_of_complete{10};
    constexpr std::size_t slowest_line = std::size_t{16} << 10U;
    return base::in(longest_silence_of_complete + std::chrono::seconds(body_bytes / slowest_line));
}

}  // namespace

Transport::Transport(const S3Options& options, const Destination& destination)
    : keys_(options.keys),
      region_(options.region),
      object_name_(text(destination.bucket, '/', destination.key)),
      address_(
          bucket_address(options.endpoint, options.region, destination.bucket, options.path_style)),
      path_(text(address_.path_prefix, '/', base::percent_encoded(destination.key))),
      client_({.ca_file = options.ca_file}) {}

StoreReply Transport::send(const StoreRequest& request, const base::Stop& stop,
                           base::Deadline deadline) {
    const std::string payload_hash = base::hex(base::sha256(request.body));
    std::optional<base::Deadline> first_failure;
    bool renewed = false;
    for (unsigned attempt = 1;; ++attempt) {
        std::optional<base::HttpReply> reply;
        base::Error error;
        try {
            reply = send_once(request, payload_hash, stop, deadline);
        } catch (const base::Failure& failed) {  // no reply: perhaps the next attempt has one
            error = failed.error();
        }
        const bool may_pass =
            reply
                ? is_transient(refusal(*reply)) || (reply->status == 404 && request.retry_not_found)
                : error.errc != Errc::cancelled && base::traits(error.errc).worth_a_retry;
        if (reply && !renewed && are_keys_stale(refusal(*reply))) {
            keys_->reject(used_);
            renewed = true;
            continue;
        }
        if (reply && (is_success(*reply) || !may_pass)) {
            return {.http = std::move(*reply), .attempts = attempt};
        }

        const auto now = Clock::now();
        first_failure = first_failure.value_or(now);
        const auto pause = pause_before_next(
            {.made = attempt,
             .since_first_failure =
                 std::chrono::duration_cast<std::chrono::milliseconds>(now - *first_failure)},
            base::random_fraction());
        const bool again = may_pass && pause && now + *pause < deadline;
        if (again && base::wait({}, stop, now + *pause) == base::Woken::stopped) {
            throw failure(request, Errc::cancelled, "cancelled");
        }
        if (again) continue;
        if (reply) return {.http = std::move(*reply), .attempts = attempt};
        const std::string attempts = attempt > 1 ? text(" (", attempt, " attempts)") : "";
        throw failure(request, error.errc, error.message + attempts);
    }
}

base::HttpReply Transport::send_once(const StoreRequest& request, const std::string& payload_hash,
                                     const base::Stop& stop, base::Deadline deadline) {
    Unsigned unsigned_request{.method = request.method,
                              .path = path_,
                              .query = request.query,
                              .headers = request.headers,
                              .payload_hash = payload_hash};
    unsigned_request.headers.emplace_back("Host", address_.host);
    used_ = keys_->current(stop, deadline);
    sign(unsigned_request, used_, {.region = region_, .service = "s3", .when = base::wall_now()});

    base::HttpRequest http{.method = request.method,
                           .url = address_.origin + path_,
                           .headers = std::move(unsigned_request.headers),
                           .body = request.body,
                           .on_body = {}};
    if (!request.query.empty()) http.url += '?' + canonical_query(request.query);
    return client_.send(http, stop, std::min(deadline, slowest(request.body.size())));
}

base::Failure Transport::refused(const StoreRequest& request, const StoreReply& reply) const {
    const Refusal said = refusal(reply.http);
    const std::string attempts = reply.attempts > 1 ? text(" (", reply.attempts, " attempts)") : "";
    return failure(request, is_transient(said) ? Errc::store_unreachable : Errc::store_refused,
                   words_of(said) + attempts);
}

base::Failure Transport::failure(const StoreRequest& request, Errc errc,
                                 std::string_view cause) const {
    // the client's own messages name the peer already
    const std::string peer = address_.origin + ": ";
    if (cause.starts_with(peer)) cause.remove_prefix(peer.size());
    return {errc,
            text("store ", address_.origin, ": ", request.method, ' ', object_name_, ": ", cause)};
}

}  // namespace xpc::sink::s3
