#include "sink/object_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"
#include "sink/s3/object_headers.hpp"

namespace xpc::sink {
namespace {

using base::Errc;
using base::quoted;
using base::Result;
using base::text;

// AWS, "Categorizing your storage using tags": 128 and 256 characters
constexpr std::size_t longest_tag_name = 128;
constexpr std::size_t longest_tag_value = 256;

// AWS, "Working with object metadata": 2 KB for all of it. The rest is for what we say ourselves.
constexpr std::size_t most_metadata_bytes = 512;

// All headers of a request have 8 KB (AWS, "Working with object metadata"; Swift has as much for
// one line, and Ceph 16 KiB): half of it is room for ten tags of the longest names and values in
// ASCII.
constexpr std::size_t most_tagging_bytes = 4096;

constexpr std::size_t longest_storage_class = 64;
constexpr std::size_t longest_kms_key = 2048;

constexpr auto encryptions = std::to_array<std::string_view>({"AES256", "aws:kms", "aws:kms:dsse"});

[[nodiscard]] Result<void> refusal(std::string_view member, std::string_view why) {
    return base::refuse(Errc::invalid_value, text(member, why), std::string(member));
}

bool is_printable(char c) {
    return c > ' ' && c <= '~';
}

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return !base::continues_character(c); }));
}

/// Letters, also those beyond ASCII, digits, spaces, and what AWS names.
bool is_tag_text(std::string_view words) {
    return base::is_plain_text(words) && std::ranges::all_of(words, [](char c) {
               return base::is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80U ||
                      std::string_view(" +-=._:/@").contains(c);
           });
}

bool has_repeated_name(const Labels& labels) {
    return std::ranges::any_of(labels, [&](const auto& one) {
        return std::ranges::count(labels, one.first, &Labels::value_type::first) > 1;
    });
}

[[nodiscard]] Result<void> check_storage_class(std::string_view name) {
    const bool fine = std::ranges::all_of(
        name, [](char c) { return base::is_alphanumeric(c) || c == '_' || c == '-'; });
    if (fine && name.size() <= longest_storage_class) return {};
    return refusal("storage_class",
                   text(" ", quoted(name), ": must be a word such as STANDARD_IA"));
}

[[nodiscard]] Result<void> check_encryption(const ObjectOptions& options) {
    if (!options.encryption.empty() && std::ranges::count(encryptions, options.encryption) == 0) {
        return refusal("encryption", text(" ", quoted(options.encryption),
                                          ": must be AES256, aws:kms or aws:kms:dsse"));
    }
    if (options.kms_key.empty()) return {};
    if (!options.encryption.starts_with("aws:kms")) {
        return refusal("kms_key", ": needs the encryption aws:kms or aws:kms:dsse");
    }
    if (options.kms_key.size() <= longest_kms_key &&
        std::ranges::all_of(options.kms_key, is_printable)) {
        return {};
    }
    return refusal("kms_key", text(" ", quoted(options.kms_key),
                                   ": must be the id, the alias or the ARN of a key"));
}

[[nodiscard]] Result<void> check_tags(const Labels& tags) {
    if (tags.size() > most_tags) {
        return refusal("tags", text(": there are ", tags.size(), ", and may be ", most_tags));
    }
    if (has_repeated_name(tags)) return refusal("tags", ": a name is there twice");
    for (const auto& [name, value] : tags) {
        if (name.empty() || characters(name) > longest_tag_name || !is_tag_text(name) ||
            base::lower(name).starts_with("aws:")) {
            return refusal("tags", text(": ", quoted(name), " is no name of a tag: it has 1 to ",
                                        longest_tag_name,
                                        " letters, digits, spaces and + - = . _ "
                                        ": / @, and does not begin with \"aws:\""));
        }
        if (characters(value) > longest_tag_value || !is_tag_text(value)) {
            return refusal(
                "tags", text(": ", quoted(name), " has the value ", quoted(value), ": it may have ",
                             longest_tag_value, " letters, digits, spaces and + - = . _ : / @"));
        }
    }
    if (const auto bytes = s3::tagging(tags).size(); bytes > most_tagging_bytes) {
        return refusal("tags", text(": they have ", bytes,
                                    " bytes as they are sent, three for each "
                                    "byte that is no letter or digit of ASCII, and may have ",
                                    most_tagging_bytes));
    }
    return {};
}

[[nodiscard]] Result<void> check_metadata(const Labels& metadata) {
    // what the program says itself of every object (job/object_description.cpp)
    constexpr auto ours =
        std::to_array<std::string_view>({"job", "number", "device", "interface", "filter", "by",
                                         "comment", "received", "captured", "dropped"});
    std::size_t bytes = 0;
    for (const auto& [name, value] : metadata) {
        const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || base::is_digit(c) || c == '-';
        });
        if (!is_name) {
            return refusal("metadata", text(": ", quoted(name),
                                            " is no name: it has lower-case letters, digits and "
                                            "hyphens"));
        }
        if (std::ranges::count(ours, name) > 0) {
            return refusal("metadata", text(": ", quoted(name), " is given by the program itself"));
        }
        if (!base::is_plain_text(value)) {
            return refusal("metadata", text(": ", quoted(name), " has the value ", quoted(value),
                                            ": it must have no control characters"));
        }
        bytes += name.size() + s3::metadata_value(value).size();
    }
    if (bytes > most_metadata_bytes) {
        return refusal("metadata", text(": names and values have ", bytes,
                                        " bytes as they are sent (in base64 where they are not "
                                        "ASCII), and may have ",
                                        most_metadata_bytes));
    }
    if (has_repeated_name(metadata)) return refusal("metadata", ": a name is there twice");
    return {};
}

}  // namespace

std::string_view word(Compression compression) noexcept {
    return compression == Compression::zstd ? "zstd" : "none";
}

std::optional<Compression> compression_from(std::string_view word) noexcept {
    if (word == "zstd") return Compression::zstd;
    if (word == "none") return Compression::none;
    return std::nullopt;
}

std::string_view content_type(Compression compression) noexcept {
    return compression == Compression::zstd ? "application/zstd" : "application/vnd.tcpdump.pcap";
}

bool is_for_s3_only(const ObjectOptions& options) noexcept {
    return !options.storage_class.empty() || !options.encryption.empty() ||
           !options.kms_key.empty() || !options.tags.empty() || !options.metadata.empty();
}

std::span<const std::string_view> encryption_words() noexcept {
    return encryptions;
}

Result<void> check_object_options(const ObjectOptions& options) {
    if (auto checked = check_storage_class(options.storage_class); !checked) return checked;
    if (auto checked = check_encryption(options); !checked) return checked;
    if (auto checked = check_tags(options.tags); !checked) return checked;
    return check_metadata(options.metadata);
}

}  // namespace xpc::sink
