#include "sink/s3/transport.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "base/text.hpp"
#include "sink/s3/key_ring.hpp"
#include "sink/s3/store_facts.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::text;

using Clock = base::Deadline::clock;

/// The end of a request that goes on for ever, a byte at a time. Honest ones never come near:
/// CompleteMultipartUpload "could take several minutes" (AWS), and 16 KiB/s is a poor line.
base::Deadline slowest(std::uint64_t body_bytes) {
    constexpr std::chrono::minutes longest_silence_of_complete{10};
    constexpr std::uint64_t slowest_line = std::uint64_t{16} << 10U;
    return base::in(longest_silence_of_complete + std::chrono::seconds(body_bytes / slowest_line));
}

/// Nothing: it is given up.
std::optional<base::Deadline> time_of_next(unsigned attempts, base::Deadline first_failure,
                                           base::Deadline now) {
    using std::chrono::milliseconds;
    const auto since = std::chrono::duration_cast<milliseconds>(now - first_failure);
    const auto pause = pause_before_next({.made = attempts, .since_first_failure = since},
                                         base::random_fraction());
    return pause ? std::optional(now + *pause) : std::nullopt;
}

}  // namespace

std::string digest(base::Digest::Kind kind, const base::HttpBody& body) {
    base::Digest digest(kind);
    if (const auto* const range = std::get_if<base::FileRange>(&body)) {
        base::FileRange::Memory memory;
        range->each_piece([&](std::span<const std::byte> piece) { digest.add(piece); }, memory);
    } else {
        digest.add(std::get<0>(body));
    }
    return digest.finish();
}

Transport::Transport(const S3Options& options, Destination destination)
    : keys_(options.keys),
      facts_(options.facts),
      endpoint_(options.endpoint),
      path_style_(options.path_style),
      has_checksums_(options.checksums),
      destination_(std::move(destination)),
      client_({.ca_file = options.ca_file}) {
    go_to(options.region);
    origin_ = address_.origin;
}

void Transport::go_to(const std::string& region) {
    region_ = region;
    address_ = bucket_address(endpoint_, region, destination_.bucket, path_style_);
    path_ = text(address_.path_prefix, '/', base::percent_encoded(destination_.key, "/"));
}

StoreReply Transport::send(const StoreRequest& request, const base::Stop& stop,
                           base::Deadline deadline) {
    const std::string payload_hash =
        base::hex(request.payload_sha256.empty() ? digest(base::Digest::Kind::sha256, request.body)
                                                 : request.payload_sha256);
    std::optional<base::Deadline> first_failure;
    std::set<Remedy> tried;
    for (unsigned attempt = 1;; ++attempt) {
        auto reply = try_once(request, payload_hash, stop, deadline);
        if (reply && is_success(*reply)) return {.http = std::move(*reply), .attempts = attempt};
        const Next next = next_after(reply, request, tried, stop, deadline);
        if (next == Next::at_once) continue;

        const auto now = Clock::now();
        first_failure = first_failure.value_or(now);
        const auto at =
            next == Next::later ? time_of_next(attempt, *first_failure, now) : std::nullopt;
        if (at && *at < deadline) {
            if (base::wait({}, stop, *at) == base::Woken::deadline) continue;
            throw failure(request, Errc::cancelled, "cancelled");
        }
        if (reply) return {.http = std::move(*reply), .attempts = attempt};
        const std::string attempts = attempt > 1 ? text(" (", attempt, " attempts)") : "";
        throw failure(request, reply.error().errc, reply.error().message + attempts);
    }
}

/// Whether another attempt may have what this one has not: a success.
Transport::Next Transport::next_after(const base::Result<base::HttpReply>& reply,
                                      const StoreRequest& request, std::set<Remedy>& tried,
                                      const base::Stop& stop, base::Deadline deadline) {
    if (!reply) {
        const Errc errc = reply.error().errc;
        const bool may_pass = errc != Errc::cancelled && base::traits(errc).worth_a_retry;
        return may_pass ? Next::later : Next::none;
    }
    const Refusal said = refusal(*reply);
    const auto verdict = verdict_on(said, base::wall_now());
    if (!said.code.empty() && said.code == request.not_repeated) return Next::none;
    if (tried.insert(verdict.remedy).second && helps(verdict.remedy, said, stop, deadline)) {
        return Next::at_once;
    }
    const bool may_pass = verdict.errc == Errc::store_unreachable ||
                          (reply->status == 404 && request.retry_not_found);
    return may_pass ? Next::later : Next::none;
}

/// The error where there is no reply: perhaps the next attempt has one.
base::Result<base::HttpReply> Transport::try_once(const StoreRequest& request,
                                                  const std::string& payload_hash,
                                                  const base::Stop& stop, base::Deadline deadline) {
    try {
        return send_once(request, payload_hash, stop, deadline);
    } catch (const base::Failure& failed) {
        return std::unexpected(failed.error());
    }
}

/// Whether the next attempt will differ from the one that was refused.
bool Transport::helps(Remedy remedy, const Refusal& said, const base::Stop& stop,
                      base::Deadline deadline) {
    switch (remedy) {
        case Remedy::none:
        case Remedy::pause:
            return false;
        case Remedy::fresh_keys:
            keys_->reject(used_);
            return true;
        case Remedy::store_time:
            if (said.date) facts_->learn_time(*said.date);
            return said.date.has_value();
        case Remedy::other_region: {
            const std::string region =
                said.region.empty() ? region_when_asked(stop, deadline) : said.region;
            if (region.empty() || region == region_) return false;
            facts_->learn_region(destination_.bucket, region);
            return true;
        }
    }
    std::unreachable();
}

/// AWS, "HeadBucket": the region is told to whoever asks, whatever else is refused. "" where the
/// store does not know such a thing.
std::string Transport::region_when_asked(const base::Stop& stop, base::Deadline deadline) {
    const StoreRequest head_bucket{
        .method = "HEAD", .query = {}, .headers = {}, .body = {}, .is_of_bucket = true};
    const std::string payload_hash =
        base::hex(digest(base::Digest::Kind::sha256, head_bucket.body));
    const auto reply = try_once(head_bucket, payload_hash, stop, deadline);
    if (reply) return refusal(*reply).region;
    if (reply.error().errc == Errc::cancelled) {
        throw failure(head_bucket, Errc::cancelled, "cancelled");
    }
    return {};
}

base::HttpReply Transport::send_once(const StoreRequest& request, const std::string& payload_hash,
                                     const base::Stop& stop, base::Deadline deadline) {
    if (const auto told = facts_->region_of(destination_.bucket); told && *told != region_) {
        go_to(*told);
    }
    const std::string path = request.is_of_bucket ? text(address_.path_prefix, '/') : path_;
    Unsigned unsigned_request{.method = request.method,
                              .path = path,
                              .query = request.query,
                              .headers = request.headers,
                              .payload_hash = payload_hash};
    unsigned_request.headers.emplace_back("Host", address_.host);
    if (!destination_.bucket_owner.empty()) {  // AWS, "Verifying bucket ownership"
        unsigned_request.headers.emplace_back("x-amz-expected-bucket-owner",
                                              destination_.bucket_owner);
    }
    used_ = keys_->current(stop, deadline);
    sign(unsigned_request, used_, {.region = region_, .service = "s3", .when = facts_->now()});

    base::HttpRequest http{.method = request.method,
                           .url = address_.origin + path,
                           .headers = std::move(unsigned_request.headers),
                           .body = request.body,
                           .on_body = {}};
    if (!request.query.empty()) http.url += '?' + canonical_query(request.query);
    return client_.send(http, stop, std::min(deadline, slowest(size(request.body))));
}

base::Failure Transport::refused(const StoreRequest& request, const StoreReply& reply) const {
    const Refusal said = refusal(reply.http);
    const std::string attempts = reply.attempts > 1 ? text(" (", reply.attempts, " attempts)") : "";
    return failure(request, verdict_on(said, base::wall_now()).errc, words_of(said) + attempts);
}

base::Failure Transport::failure(const StoreRequest& request, Errc errc,
                                 std::string_view cause) const {
    // the client's own messages name the peer already
    const std::string peer = address_.origin + ": ";
    if (cause.starts_with(peer)) cause.remove_prefix(peer.size());
    return {errc, text("store ", address_.origin, ": ", request.method, ' ', destination_.bucket,
                       '/', destination_.key, ": ", cause)};
}

}  // namespace xpc::sink::s3
