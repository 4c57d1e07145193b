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

Receipt confirmed(Transport& transport, const Destination& destination, const ObjectOptions& object,
                  const Sent& sent, const base::Stop& stop) {
    ObjectHead head = head_object(transport, stop);
    const StoreRequest request{.method = "HEAD", .query = {}, .headers = {}, .body = {}};
    const auto check = [&](bool is_right, std::string_view what, const std::string& has,
                           const std::string& wanted) {
        if (is_right) return;
        throw transport.failure(request, Errc::corrupt,
                                text("the object has ", what, ' ', base::quoted(has), ", where ",
                                     base::quoted(wanted), " was sent"));
    };
    if (head.bytes != sent.bytes) {
        throw transport.failure(
            request, Errc::corrupt,
            text("the object has ", head.bytes, " bytes, where ", sent.bytes, " were sent"));
    }
    check(sent.etag.empty() || head.etag == sent.etag, "the ETag", head.etag, sent.etag);
    check(head.sha256.empty() || !transport.has_checksums() || head.sha256 == sent.checksum,
          "the checksum", head.sha256, sent.checksum);
    if (head.tags < object.tags.size()) {  // Ceph 16 forgets those of an upload in parts
        put_object_tagging(transport, object.tags, stop);
    }
    return {.bucket = destination.bucket,
            .key = destination.key,
            .bytes = head.bytes,
            .etag = std::move(head.etag),
            .sha256 = sent.sha256};
}

}  // namespace

Receipt confirm(Transport& transport, const Destination& destination, const ObjectOptions& object,
                const Completion& completion, const Sent& sent, const base::Stop& stop) {
    if (!completion.not_done) return confirmed(transport, destination, object, sent, stop);
    try {
        return confirmed(transport, destination, object, sent, stop);
    } catch (const Failure& failed) {
        if (base::traits(failed.error().errc).worth_a_retry) throw;
    }
    throw Failure(*completion.not_done);
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
