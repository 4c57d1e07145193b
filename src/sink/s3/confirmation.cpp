#include "sink/s3/confirmation.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "sink/s3/store_facts.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::Failure;
using base::text;

// Delivered is delivered: nobody is to wait for more than that.
constexpr std::chrono::seconds longest_tagging{5};

/// That the object is what was sent, by all that the store says of it.
/// Errors: Failure(corrupt).
void check(const ObjectHead& head, const Sent& sent, const Transport& transport) {
    const auto unlike = [&transport](const std::string& how) {
        return transport.failure({.method = "HEAD", .query = {}, .headers = {}, .body = {}},
                                 Errc::corrupt, "the object has " + how + " sent");
    };
    if (head.bytes != sent.bytes) {
        throw unlike(text(head.bytes, " bytes, where ", sent.bytes, " were"));
    }
    if (!sent.etag.empty() && head.etag != sent.etag) {
        throw unlike(text("the ETag ", base::quoted(head.etag), ", where ", base::quoted(sent.etag),
                          " was"));
    }
    if (!head.sha256.empty() && transport.has_checksums() && head.sha256 != sent.checksum) {
        throw unlike(text("the checksum ", base::quoted(head.sha256), ", where ",
                          base::quoted(sent.checksum), " was"));
    }
}

/// Of one that was there before: an earlier process may have sent it in other parts, which no ETag
/// and no checksum of the store tells from other content.
bool is_alike(Transport& transport, const ObjectHead& head, const Sent& sent,
              const base::Stop& stop) {
    return head.bytes == sent.bytes &&
           base::hex(object_sha256(transport, head, stop)) == sent.sha256;
}

}  // namespace

Receipt confirm(Transport& transport, const Destination& destination, const ObjectOptions& object,
                const Completion& completion, const Sent& sent, const base::Stop& stop) {
    ObjectHead head;
    try {
        head = head_object(transport, stop);
        check(head, sent, transport);
    } catch (const Failure& failed) {
        if (!completion.not_done || base::traits(failed.error().errc).worth_a_retry) throw;
        if (head.etag.empty() || !is_alike(transport, head, sent, stop)) {
            throw Failure(*completion.not_done);
        }
    }
    if (head.tags < object.tags.size()) {  // Ceph 16 forgets those of an upload in parts
        put_object_tagging(transport, object.tags, stop);
    }
    return {.bucket = destination.bucket,
            .key = destination.key,
            .bytes = head.bytes,
            .etag = std::move(head.etag),
            .sha256 = sent.sha256};
}

void add_tags(Transport& transport, const Labels& tags, const Labels& more,
              const base::Stop& stop) {
    if (!transport.facts().has_tagging()) return;
    Labels all = tags;
    for (const auto& label : more) {
        const bool is_taken =
            std::ranges::find(tags, label.first, &Labels::value_type::first) != tags.end();
        if (!is_taken && all.size() < most_tags) all.push_back(label);
    }
    if (all.size() == tags.size()) return;
    try {
        put_object_tagging(transport, all, stop, base::in(longest_tagging));
    } catch (const Failure& failed) {  // the object is there, and what it is of is in it
        const Errc errc = failed.error().errc;
        if (errc == Errc::cancelled) throw;
        if (!base::traits(errc).worth_a_retry) transport.facts().learn_no_tagging();
        base::log::info("upload.counters_not_tagged", {{"cause", failed.error().message}});
    }
}

}  // namespace xpc::sink::s3
