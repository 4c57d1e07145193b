#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace xpc::sink {

/// Names and their values, in the order in which they were given.
using Labels = std::vector<std::pair<std::string, std::string>>;

enum class Compression { none, zstd };

/// "none", "zstd".
[[nodiscard]] std::string_view word(Compression compression) noexcept;
[[nodiscard]] std::optional<Compression> compression_from(std::string_view word) noexcept;

/// What the name of a compressed file ends with.
inline constexpr std::string_view compressed_extension = ".zst";

/// The media type of a capture file (IANA, "application/vnd.tcpdump.pcap"; RFC 8878, 6.1).
[[nodiscard]] std::string_view content_type(Compression compression) noexcept;

/// AWS, "Categorizing your storage using tags".
inline constexpr std::size_t most_tags = 10;

/// What an object is to be, besides its bytes. Of text, empty is: as the bucket has it.
/// Source: AWS, "PutObject" and "CreateMultipartUpload". All but `compression` is for S3 only.
struct ObjectOptions {
    Compression compression = Compression::none;
    std::string storage_class;  ///< "STANDARD_IA", or one that only that store knows
    std::string encryption;     ///< at rest: "AES256" (SSE-S3), "aws:kms" or "aws:kms:dsse"
    std::string kms_key;        ///< with the latter two
    Labels tags;
    Labels metadata;

    friend bool operator==(const ObjectOptions&, const ObjectOptions&) = default;
};

/// Whether there is anything in them that only S3 has.
[[nodiscard]] bool is_for_s3_only(const ObjectOptions& options) noexcept;

/// What `encryption` may be.
[[nodiscard]] std::span<const std::string_view> encryption_words() noexcept;

/// Errors: invalid_value, with the member's name as its field ("tags").
[[nodiscard]] base::Result<void> check_object_options(const ObjectOptions& options);

}  // namespace xpc::sink
