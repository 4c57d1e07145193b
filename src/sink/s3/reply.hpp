#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/http_client.hpp"

namespace xpc::sink::s3 {

// What a store says is data from outside: of any shape, and never trusted.

/// The text of the first element of that name, at any depth, of which nothing but text is inside.
/// Prefixes of names, attributes, comments and the XML declaration are passed over; the five named
/// entities and numeric ones are decoded. Nothing where there is no such element, or it is longer
/// than `longest_element`.
[[nodiscard]] std::optional<std::string> element_text(std::string_view xml, std::string_view name);

inline constexpr std::size_t longest_element = 8192;

/// The name of the outermost element without its prefix; "" where there is none.
[[nodiscard]] std::string_view root_element(std::string_view xml);

/// What a store says in place of success.
struct Refusal {
    int status = 0;
    std::string code;                    ///< "NoSuchBucket"; empty where the body is no S3 error
    std::string message;                 ///< for people; often empty
    std::string region;                  ///< where the bucket really is, if the store says so
    std::optional<base::WallTime> date;  ///< of the reply, by the store's clock
};

/// Of a reply that is not 2xx, or whose body is an <Error>.
[[nodiscard]] Refusal refusal(const base::HttpReply& reply);

/// "403 AccessDenied: Access Denied", fit for a person.
[[nodiscard]] std::string words_of(const Refusal& refusal);

/// Whether the reply says that the request was done. A 200 to CompleteMultipartUpload may carry an
/// <Error> in its body, and then it was not.
/// Source: AWS, "CompleteMultipartUpload", "Processing of a CompleteMultipartUpload request".
[[nodiscard]] bool is_success(const base::HttpReply& reply);

/// The upload's id, as CreateMultipartUpload gives it.
/// Errors: store_refused where there is none.
[[nodiscard]] base::Result<std::string> upload_id(const base::HttpReply& reply);

/// Quotes removed.
/// Errors: store_refused where the reply has no ETag header.
[[nodiscard]] base::Result<std::string> etag_header(const base::HttpReply& reply);

/// The whole object's ETag, quotes removed, as CompleteMultipartUpload gives it; "" where it does
/// not, as Ceph 16.
/// Errors: store_refused where the reply is no CompleteMultipartUploadResult.
[[nodiscard]] base::Result<std::string> completed_etag(const base::HttpReply& reply);

/// The ETag that S3 makes out of those of the parts: of a store that takes MD5 for them. "" for one
/// that does not.
[[nodiscard]] std::string multipart_etag(std::span<const std::string> part_etags);

/// A part that the store has, as ListParts tells it.
struct ListedPart {
    unsigned number = 0;
    std::string etag;  ///< quotes removed
    std::uint64_t bytes = 0;
    std::string sha256;  ///< in base64; empty where the store has none
};

/// One page of ListParts.
struct PartList {
    std::vector<ListedPart> parts;  ///< in the store's order, which is by number
    unsigned next_marker = 0;       ///< where the next page begins; 0: this was the last
};

/// Source: AWS, "ListParts".
/// Errors: store_refused where the reply is no ListPartsResult, or a part of it has no number, size
///         or ETag.
[[nodiscard]] base::Result<PartList> part_list(const base::HttpReply& reply);

/// The ids of the uploads to that key that a page of ListMultipartUploads has.
/// Source: AWS, "ListMultipartUploads".
/// Errors: store_refused where the reply is no ListMultipartUploadsResult.
[[nodiscard]] base::Result<std::vector<std::string>> open_uploads(const base::HttpReply& reply,
                                                                  std::string_view key);

/// What HeadObject says of an object.
struct ObjectHead {
    std::uint64_t bytes = 0;
    std::string etag;    ///< quotes removed
    std::string sha256;  ///< in base64, "-N" behind it for N parts; empty where the store has none
    std::uint64_t tags = 0;  ///< how many; 0 also where the store does not say
};

/// Errors: store_refused where the size or the ETag is missing or no such thing.
[[nodiscard]] base::Result<ObjectHead> object_head(const base::HttpReply& reply);

}  // namespace xpc::sink::s3
