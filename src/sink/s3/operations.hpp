#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "sink/s3/reply.hpp"
#include "sink/s3/transport.hpp"

namespace xpc::sink::s3 {

// The operations of S3 that an upload is made of, on the object of the transport.
// Errors and blocking: as Transport::send, and Failure(store_refused, store_unreachable) for a
// reply that is no success.

struct SentPart {
    unsigned number = 0;  ///< from 1
    std::string etag;
    std::string sha256;  ///< of its bytes, raw; where the transport has checksums
};

struct NewUpload {
    std::string id;
    bool was_repeated = false;  ///< an earlier request may have opened another one
};

/// `headers`: object_headers().
[[nodiscard]] NewUpload create_multipart_upload(Transport& transport, const Fields& headers,
                                                const base::Stop& stop);

/// `sha256` is of the body, raw.
[[nodiscard]] SentPart upload_part(Transport& transport, const std::string& upload_id,
                                   unsigned number, const base::HttpBody& body,
                                   const std::string& sha256, const base::Stop& stop);

/// What CompleteMultipartUpload came to.
struct Completion {
    std::string etag;  ///< of the whole object
    /// Set: it was not done, since the store knows no such upload, or has an object of that key.
    std::optional<base::Error> not_done;
    /// Set: the store has other parts than those that it was told.
    std::optional<base::Error> parts_differ;
    /// Set: another request for that key came between, and all has to be sent in a new upload.
    /// Source: AWS, "CompleteMultipartUpload", "If-None-Match".
    std::optional<base::Error> conflict;
};

/// A store that knows no such upload has perhaps completed it before: the reply to an earlier
/// attempt may be lost, also without our knowledge, as libcurl sends a request again by itself when
/// a kept connection turns out to be dead. Only head_object() can tell then.
[[nodiscard]] Completion complete_multipart_upload(Transport& transport,
                                                   const std::string& upload_id,
                                                   const std::vector<SentPart>& parts,
                                                   const base::Stop& stop);

/// The parts that the store has of an upload; nothing where it knows no such upload.
[[nodiscard]] std::optional<std::vector<ListedPart>> list_parts(Transport& transport,
                                                                const std::string& upload_id,
                                                                const base::Stop& stop);

/// The uploads to `key` that the store has, at most a page of them; none where it does not tell.
/// The transport is of the bucket: its key is empty.
[[nodiscard]] std::vector<std::string> list_open_uploads(Transport& bucket, const std::string& key,
                                                         const base::Stop& stop,
                                                         base::Deadline deadline);

/// An upload that the store does not know is as good as aborted.
void abort_multipart_upload(Transport& transport, const std::string& upload_id,
                            const base::Stop& stop, base::Deadline deadline);

/// Likewise where there is an object of that key: perhaps an earlier attempt has made it.
/// `sha256` is of the body, raw; `headers`: object_headers().
[[nodiscard]] Completion put_object(Transport& transport, const base::HttpBody& body,
                                    const std::string& sha256, const Fields& headers,
                                    const base::Stop& stop);

/// The checksum that S3 makes out of those of the parts, as ObjectHead has it.
[[nodiscard]] std::string multipart_sha256(const std::vector<SentPart>& parts);

/// In place of those that the object has.
void put_object_tagging(Transport& transport, const Labels& tags, const base::Stop& stop,
                        base::Deadline deadline = base::never);

void delete_object(Transport& transport, const base::Stop& stop);

[[nodiscard]] ObjectHead head_object(Transport& transport, const base::Stop& stop);

/// SHA-256 of all that is in the object, raw: it is fetched, in pieces, and as long as it is still
/// the one that `head` speaks of.
[[nodiscard]] std::string object_sha256(Transport& transport, const ObjectHead& head,
                                        const base::Stop& stop);

}  // namespace xpc::sink::s3
