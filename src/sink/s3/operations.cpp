#include "sink/s3/operations.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "sink/s3/store_facts.hpp"

namespace xpc::sink::s3 {
namespace {

using base::text;

constexpr const char* checksum_header = "x-amz-checksum-sha256";

constexpr std::string_view conflict = "ConditionalRequestConflict";

/// Whether there is an object of that key. Where the store does not tell (403, perhaps also of one
/// that is not there) the write has the store's own words.
bool is_there(Transport& transport, const base::Stop& stop) {
    const StoreRequest request{.method = "HEAD", .query = {}, .headers = {}, .body = {}};
    const StoreReply reply = transport.send(request, stop);
    if (is_success(reply.http)) return object_head(reply.http).has_value();
    const base::Failure refused = transport.refused(request, reply);
    if (refused.error().errc == base::Errc::store_unreachable) throw base::Failure(refused);
    return false;
}

base::Error taken(const Transport& transport, const StoreRequest& request) {
    return transport
        .failure(request, base::Errc::object_exists, "an object of that key is there already")
        .error();
}

/// The error where there is an object of that key: it is not written over, as far as the store can
/// be had to see to it (docs/decisions/0102).
[[nodiscard]] base::Result<StoreReply> send_if_new(Transport& transport, Write write,
                                                   const StoreRequest& request,
                                                   const base::Stop& stop) {
    for (;;) {
        const Condition condition = transport.facts().condition_of(write);
        if (condition != Condition::heeded && is_there(transport, stop)) {
            return std::unexpected(taken(transport, request));
        }
        const bool is_conditional = condition != Condition::refused;
        StoreRequest sent = request;
        if (is_conditional) sent.headers.emplace_back("If-None-Match", "*");
        StoreReply reply = transport.send(sent, stop);
        constexpr int precondition_failed = 412;
        constexpr int not_implemented = 501;
        if (reply.http.status == not_implemented && is_conditional) {
            transport.facts().learn_condition(write, Condition::refused);
            continue;
        }
        if (reply.http.status == precondition_failed) {
            if (is_conditional) transport.facts().learn_condition(write, Condition::heeded);
            return std::unexpected(transport.refused(request, reply).error());
        }
        return reply;
    }
}

/// AWS, "Checking object integrity": the second one is what has Ceph look at the first.
void add_checksum(Fields& headers, const std::string& sha256) {
    headers.emplace_back(checksum_header, base::base64(sha256));
    headers.emplace_back("x-amz-sdk-checksum-algorithm", "SHA256");
}

StoreReply send_or_throw(Transport& transport, const StoreRequest& request, const base::Stop& stop,
                         base::Deadline deadline = base::never) {
    StoreReply reply = transport.send(request, stop, deadline);
    if (!is_success(reply.http)) throw transport.refused(request, reply);
    return reply;
}

/// The value, or what the store's strange reply amounts to.
template <typename T>
T value_or_throw(base::Result<T> result, const Transport& transport, const StoreRequest& request) {
    if (!result) throw transport.failure(request, result.error().errc, result.error().message);
    return std::move(*result);
}

std::string escaped(std::string_view raw) {
    std::string out;
    for (const char c : raw) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else {
            out.push_back(c);
        }
    }
    return out;
}

std::string etag_of(const std::vector<SentPart>& parts) {
    std::vector<std::string> etags;
    etags.reserve(parts.size());
    for (const auto& part : parts)
        etags.push_back(part.etag);
    return multipart_etag(etags);
}

std::string list_of(const std::vector<SentPart>& parts) {
    std::string out =
        R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
    for (const auto& part : parts) {
        out += text("<Part><PartNumber>", part.number, "</PartNumber><ETag>\"", escaped(part.etag),
                    "\"</ETag>");
        if (!part.sha256.empty()) {
            out += text("<ChecksumSHA256>", base::base64(part.sha256), "</ChecksumSHA256>");
        }
        out += "</Part>";
    }
    return out + "</CompleteMultipartUpload>";
}

}  // namespace

NewUpload create_multipart_upload(Transport& transport, const Fields& headers,
                                  const base::Stop& stop) {
    StoreRequest request{
        .method = "POST", .query = {{"uploads", ""}}, .headers = headers, .body = {}};
    if (transport.has_checksums()) {
        request.headers.emplace_back("x-amz-checksum-algorithm", "SHA256");
    }
    const StoreReply reply = send_or_throw(transport, request, stop);
    return {.id = value_or_throw(upload_id(reply.http), transport, request),
            .was_repeated = reply.attempts > 1};
}

SentPart upload_part(Transport& transport, const std::string& upload_id, unsigned number,
                     const base::HttpBody& body, const std::string& sha256,
                     const base::Stop& stop) {
    StoreRequest request{.method = "PUT",
                         .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}},
                         .headers = {},
                         .body = body,
                         .payload_sha256 = sha256};
    if (transport.has_checksums()) add_checksum(request.headers, sha256);
    const StoreReply reply = send_or_throw(transport, request, stop);
    return {.number = number,
            .etag = value_or_throw(etag_header(reply.http), transport, request),
            .sha256 = transport.has_checksums() ? sha256 : std::string()};
}

Completion complete_multipart_upload(Transport& transport, const std::string& upload_id,
                                     const std::vector<SentPart>& parts, const base::Stop& stop) {
    const std::string list = list_of(parts);
    const StoreRequest request{.method = "POST",
                               .query = {{"uploadId", upload_id}},
                               .headers = {{"Content-Type", "application/xml"}},
                               .body = std::as_bytes(std::span(list)),
                               .not_repeated = conflict};
    const auto sent = send_if_new(transport, Write::complete, request, stop);
    if (!sent) return {.etag = etag_of(parts), .not_done = sent.error()};
    const StoreReply& reply = *sent;
    const std::string code = refusal(reply.http).code;
    if (code == "NoSuchUpload") {
        return {.etag = etag_of(parts), .not_done = transport.refused(request, reply).error()};
    }
    if (code == conflict) {
        if (is_there(transport, stop)) {
            return {.etag = etag_of(parts), .not_done = taken(transport, request)};
        }
        return {.etag = {}, .not_done = {}, .conflict = transport.refused(request, reply).error()};
    }
    if (code == "InvalidPart") {
        return {
            .etag = {}, .not_done = {}, .parts_differ = transport.refused(request, reply).error()};
    }
    if (!is_success(reply.http)) throw transport.refused(request, reply);
    if (base::trimmed(reply.http.body).empty()) {  // perhaps it is there, and HEAD says so
        return {.etag = etag_of(parts),
                .not_done = transport
                                .failure(request, base::Errc::store_refused,
                                         "the store's reply to CompleteMultipartUpload is empty")
                                .error()};
    }
    std::string etag = value_or_throw(completed_etag(reply.http), transport, request);
    return {.etag = etag.empty() ? etag_of(parts) : std::move(etag), .not_done = {}};
}

std::optional<std::vector<ListedPart>> list_parts(Transport& transport,
                                                  const std::string& upload_id,
                                                  const base::Stop& stop) {
    std::vector<ListedPart> parts;
    for (unsigned marker = 0;;) {
        StoreRequest request{
            .method = "GET", .query = {{"uploadId", upload_id}}, .headers = {}, .body = {}};
        if (marker > 0) request.query.emplace_back("part-number-marker", std::to_string(marker));
        const StoreReply reply = transport.send(request, stop);
        if (reply.http.status == 404) return std::nullopt;
        if (!is_success(reply.http)) throw transport.refused(request, reply);
        auto page = value_or_throw(part_list(reply.http), transport, request);
        std::ranges::move(page.parts, std::back_inserter(parts));
        if (page.next_marker == 0) return parts;
        if (page.next_marker <= marker) {
            throw transport.failure(request, base::Errc::store_refused,
                                    "the store's list of parts goes round in a circle");
        }
        marker = page.next_marker;
    }
}

std::vector<std::string> list_open_uploads(Transport& bucket, const std::string& key,
                                           const base::Stop& stop, base::Deadline deadline) {
    const StoreRequest request{
        .method = "GET", .query = {{"prefix", key}, {"uploads", ""}}, .headers = {}, .body = {}};
    const StoreReply reply = bucket.send(request, stop, deadline);
    if (!is_success(reply.http)) {
        const base::Error refused = bucket.refused(request, reply).error();
        if (base::traits(refused.errc).worth_a_retry) throw base::Failure(refused);
        base::log::warning("upload.not_looked_for", {{"cause", refused.message}});
        return {};
    }
    return value_or_throw(open_uploads(reply.http, key), bucket, request);
}

void abort_multipart_upload(Transport& transport, const std::string& upload_id,
                            const base::Stop& stop, base::Deadline deadline) {
    const StoreRequest request{
        .method = "DELETE", .query = {{"uploadId", upload_id}}, .headers = {}, .body = {}};
    const StoreReply reply = transport.send(request, stop, deadline);
    if (!is_success(reply.http) && reply.http.status != 404) {
        throw transport.refused(request, reply);
    }
}

Completion put_object(Transport& transport, const base::HttpBody& body, const std::string& sha256,
                      const Fields& headers, const base::Stop& stop) {
    StoreRequest request{
        .method = "PUT", .query = {}, .headers = headers, .body = body, .payload_sha256 = sha256};
    if (transport.has_checksums()) add_checksum(request.headers, sha256);
    const auto sent = send_if_new(transport, Write::put, request, stop);
    if (!sent) {
        return {.etag = base::hex(digest(base::Digest::Kind::md5, body)), .not_done = sent.error()};
    }
    const StoreReply& reply = *sent;
    if (!is_success(reply.http)) throw transport.refused(request, reply);
    return {.etag = value_or_throw(etag_header(reply.http), transport, request), .not_done = {}};
}

std::string multipart_sha256(const std::vector<SentPart>& parts) {
    std::string digests;
    for (const auto& part : parts)
        digests += part.sha256;
    return text(base::base64(base::sha256(digests)), '-', parts.size());
}

void put_object_tagging(Transport& transport, const Labels& tags, const base::Stop& stop,
                        base::Deadline deadline) {
    std::string list = R"(<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>)";
    for (const auto& [name, value] : tags) {
        list +=
            text("<Tag><Key>", escaped(name), "</Key><Value>", escaped(value), "</Value></Tag>");
    }
    list += "</TagSet></Tagging>";
    const auto body = std::as_bytes(std::span(list));
    // AWS, "PutObjectTagging": the one checksum that is always asked for
    const std::string md5 = base::base64(base::md5(list));
    send_or_throw(transport,
                  {.method = "PUT",
                   .query = {{"tagging", ""}},
                   .headers = {{"Content-Type", "application/xml"}, {"Content-MD5", md5}},
                   .body = body},
                  stop, deadline);
}

void delete_object(Transport& transport, const base::Stop& stop) {
    send_or_throw(transport, {.method = "DELETE", .query = {}, .headers = {}, .body = {}}, stop);
}

ObjectHead head_object(Transport& transport, const base::Stop& stop) {
    // some stores need a moment until they know of what they have just confirmed (Swift is
    // eventually consistent)
    StoreRequest request{
        .method = "HEAD", .query = {}, .headers = {}, .body = {}, .retry_not_found = true};
    if (transport.has_checksums()) request.headers.emplace_back("x-amz-checksum-mode", "ENABLED");
    const StoreReply reply = send_or_throw(transport, request, stop);
    return value_or_throw(object_head(reply.http), transport, request);
}

std::string object_sha256(Transport& transport, const ObjectHead& head, const base::Stop& stop) {
    constexpr std::uint64_t most_at_once = std::uint64_t{2} << 20U;  // a reply is kept in memory
    base::Digest whole(base::Digest::Kind::sha256);
    for (std::uint64_t at = 0; at < head.bytes;) {
        const std::uint64_t bytes = std::min(most_at_once, head.bytes - at);
        const StoreRequest request{.method = "GET",
                                   .query = {},
                                   .headers = {{"Range", text("bytes=", at, '-', at + bytes - 1)},
                                               {"If-Match", text('"', head.etag, '"')}},
                                   .body = {}};
        const StoreReply reply = send_or_throw(transport, request, stop);
        if (reply.http.body.size() != bytes) {
            throw transport.failure(request, base::Errc::store_refused,
                                    text("the store sent ", reply.http.body.size(), " bytes of ",
                                         bytes, " that it was asked for"));
        }
        whole.add(std::as_bytes(std::span(reply.http.body)));
        at += bytes;
    }
    return whole.finish();
}

}  // namespace xpc::sink::s3
