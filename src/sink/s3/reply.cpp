#include "sink/s3/reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "sink/s3/endpoint.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::parse_decimal;
using base::refuse;
using base::text;

constexpr std::string_view spaces = " \t\r\n";

/// One tag of a document, with what is around it.
struct Tag {
    std::string_view name;  ///< without prefix
    bool closes = false;    ///< </name>
    bool is_empty = false;  ///< <name/>
    std::size_t begin = 0;
    std::size_t end = 0;  ///< just after '>'
};

/// The next tag at or after `from`. Comments, CDATA sections, declarations and processing
/// instructions are passed over.
std::optional<Tag> next_tag(std::string_view xml, std::size_t from) {
    for (;;) {
        const auto begin = xml.find('<', from);
        if (begin == std::string_view::npos) return std::nullopt;
        const std::string_view rest = xml.substr(begin);
        std::string_view terminator = ">";
        if (rest.starts_with("<!--")) terminator = "-->";
        if (rest.starts_with("<![CDATA[")) terminator = "]]>";
        if (rest.starts_with("<?")) terminator = "?>";
        const auto last = rest.find(terminator);
        if (last == std::string_view::npos) return std::nullopt;
        const auto end = begin + last + terminator.size();
        if (rest.starts_with("<!") || rest.starts_with("<?")) {
            from = end;
            continue;
        }
        std::string_view inside = rest.substr(1, last - 1);
        Tag tag{.name = {}, .begin = begin, .end = end};
        tag.closes = inside.starts_with('/');
        if (tag.closes) inside.remove_prefix(1);
        tag.is_empty = inside.ends_with('/');
        if (tag.is_empty) inside.remove_suffix(1);
        tag.name = inside.substr(0, inside.find_first_of(spaces));
        if (const auto colon = tag.name.rfind(':'); colon != std::string_view::npos) {
            tag.name.remove_prefix(colon + 1);
        }
        return tag;
    }
}

/// UTF-8 of a code point that XML allows; U+FFFD for one that it does not.
std::string utf8(std::uint32_t point) {
    const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point == 0 || is_surrogate || point > 0x10FFFF) point = 0xFFFD;
    std::string out;
    const auto put = [&out](std::uint32_t byte) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
    };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0U | (point >> 6U));
        put(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        put(0xE0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    } else {
        put(0xF0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3FU));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
    return out;
}

/// What "&name;" stands for; nothing where that is not known.
std::optional<std::string> entity(std::string_view name) {
    static constexpr auto named = std::to_array<std::pair<std::string_view, std::string_view>>(
        {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}});
    const auto* const found =
        std::ranges::find(named, name, [](const auto& row) { return row.first; });
    if (found != named.end()) return std::string(found->second);
    if (!name.starts_with('#')) return std::nullopt;
    name.remove_prefix(1);
    const int number_base = name.starts_with('x') ? 16 : 10;
    if (number_base == 16) name.remove_prefix(1);
    std::uint32_t point = 0;
    const char* const end = name.data() + name.size();
    const auto [stopped, error] = std::from_chars(name.data(), end, point, number_base);
    if (name.empty() || error != std::errc{} || stopped != end) return std::nullopt;
    return utf8(point);
}

/// Entities that are not known stay as they are.
std::string decoded(std::string_view raw) {
    constexpr std::size_t longest_entity = 10;  // "#x10FFFF" and a little
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        const auto semicolon = raw.starts_with('&') ? raw.substr(0, longest_entity + 2).find(';')
                                                    : std::string_view::npos;
        if (semicolon != std::string_view::npos) {
            if (const auto meaning = entity(raw.substr(1, semicolon - 1))) {
                out += *meaning;
                raw.remove_prefix(semicolon + 1);
                continue;
            }
        }
        out.push_back(raw.front());
        raw.remove_prefix(1);
    }
    return out;
}

std::string unquoted(std::string_view raw) {
    raw = base::trimmed(raw);
    if (raw.starts_with("W/\"")) raw.remove_prefix(2);  // RFC 9110, 8.8.3: a proxy may weaken one
    if (raw.size() >= 2 && raw.starts_with('"') && raw.ends_with('"')) {
        raw = raw.substr(1, raw.size() - 2);
    }
    return std::string(raw);
}

/// What goes into records and JSON: no control characters, no quotes, not endless.
bool is_plain(std::string_view value) {
    constexpr std::size_t longest = 1024;
    return !value.empty() && value.size() <= longest && std::ranges::all_of(value, [](char c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
    });
}

[[nodiscard]] base::Result<std::string> plain_or_refused(const std::string& value,
                                                         std::string_view what) {
    if (is_plain(value)) return value;
    return refuse(Errc::store_refused, value.empty() ? text("the store's reply has no ", what)
                                                     : text("the store's reply has a strange ",
                                                            what, ": ", base::quoted(value)));
}

/// What is inside of each element of that name.
std::vector<std::string_view> inner_texts(std::string_view xml, std::string_view name) {
    std::vector<std::string_view> found;
    std::optional<std::size_t> begin;
    for (auto tag = next_tag(xml, 0); tag; tag = next_tag(xml, tag->end)) {
        if (tag->name != name || tag->is_empty) continue;
        if (!tag->closes) {
            begin = tag->end;
        } else if (begin) {
            found.push_back(xml.substr(*begin, tag->begin - *begin));
            begin.reset();
        }
    }
    return found;
}

}  // namespace

std::optional<std::string> element_text(std::string_view xml, std::string_view name) {
    auto tag = next_tag(xml, 0);
    while (tag) {
        const auto next = next_tag(xml, tag->end);
        if (tag->name == name && !tag->closes) {
            if (tag->is_empty) return std::string();
            if (next && next->closes && next->name == name) {
                const std::string_view raw = xml.substr(tag->end, next->begin - tag->end);
                if (raw.size() > longest_element) return std::nullopt;
                return decoded(base::trimmed(raw));
            }
        }
        tag = next;
    }
    return std::nullopt;
}

std::string_view root_element(std::string_view xml) {
    const auto tag = next_tag(xml, 0);
    return tag && !tag->closes ? tag->name : std::string_view();
}

bool is_success(const base::HttpReply& reply) {
    return reply.status >= 200 && reply.status < 300 && root_element(reply.body) != "Error";
}

Refusal refusal(const base::HttpReply& reply) {
    Refusal out{.status = reply.status,
                .code = {},
                .message = {},
                .region = reply.header("x-amz-bucket-region"),
                .date = base::parse_http_date(reply.header("date"))};
    if (root_element(reply.body) == "Error") {
        out.code = element_text(reply.body, "Code").value_or("");
        out.message = element_text(reply.body, "Message").value_or("");
        if (out.region.empty()) out.region = element_text(reply.body, "Region").value_or("");
    }
    if (!is_region(out.region)) out.region.clear();  // it may become part of a host's name
    return out;
}

std::string words_of(const Refusal& refusal) {
    // a code is a word; whatever else a store puts there is shown as text from outside
    const bool is_word = !refusal.code.empty() && refusal.code.size() <= 64 &&
                         std::ranges::all_of(refusal.code, [](char c) {
                             return base::is_alphanumeric(c) || c == '.';
                         });
    std::string out = std::to_string(refusal.status);
    if (!refusal.code.empty()) {
        out += text(' ', is_word ? refusal.code : base::quoted(refusal.code));
    }
    if (!refusal.message.empty()) out += text(": ", base::quoted(refusal.message));
    const bool is_elsewhere = refusal.status == 301 || refusal.status == 307 ||
                              refusal.code == "AuthorizationHeaderMalformed";
    if (is_elsewhere && !refusal.region.empty()) {
        out += text(" (the bucket is in region ", base::quoted(refusal.region), ')');
    }
    return out;
}

base::Result<std::string> upload_id(const base::HttpReply& reply) {
    return plain_or_refused(element_text(reply.body, "UploadId").value_or(""), "upload id");
}

base::Result<std::string> etag_header(const base::HttpReply& reply) {
    return plain_or_refused(unquoted(reply.header("etag")), "ETag");
}

base::Result<std::string> completed_etag(const base::HttpReply& reply) {
    if (root_element(reply.body) != "CompleteMultipartUploadResult") {
        return refuse(Errc::store_refused, "the store's reply is no CompleteMultipartUploadResult");
    }
    std::string etag = unquoted(element_text(reply.body, "ETag").value_or(""));
    if (etag.empty()) return etag;
    return plain_or_refused(etag, "ETag");
}

std::string multipart_etag(std::span<const std::string> part_etags) {
    std::string digests;
    for (const auto& etag : part_etags) {
        if (etag.size() != 32) return {};
        for (std::size_t at = 0; at < etag.size(); at += 2) {
            std::uint8_t byte = 0;
            const char* const end = etag.data() + at + 2;
            const auto [stopped, error] = std::from_chars(end - 2, end, byte, 16);
            if (error != std::errc{} || stopped != end) return {};
            digests.push_back(static_cast<char>(byte));
        }
    }
    return text(base::hex(base::md5(digests)), '-', part_etags.size());
}

base::Result<PartList> part_list(const base::HttpReply& reply) {
    if (root_element(reply.body) != "ListPartsResult") {
        return refuse(Errc::store_refused, "the store's reply is no ListPartsResult");
    }
    PartList list;
    for (const std::string_view part : inner_texts(reply.body, "Part")) {
        const auto number = parse_decimal<unsigned>(element_text(part, "PartNumber").value_or(""));
        const auto bytes = parse_decimal<std::uint64_t>(element_text(part, "Size").value_or(""));
        auto etag = plain_or_refused(unquoted(element_text(part, "ETag").value_or("")), "ETag");
        if (!etag) return std::unexpected(std::move(etag.error()));
        if (!number || !bytes) {
            return refuse(Errc::store_refused,
                          text("the store's list has a strange part: ", base::quoted(part)));
        }
        list.parts.push_back({.number = *number,
                              .etag = std::move(*etag),
                              .bytes = *bytes,
                              .sha256 = element_text(part, "ChecksumSHA256").value_or("")});
    }
    if (element_text(reply.body, "IsTruncated").value_or("") != "true") return list;
    const auto marker =
        parse_decimal<unsigned>(element_text(reply.body, "NextPartNumberMarker").value_or(""));
    if (!marker || *marker == 0) {
        return refuse(Errc::store_refused, "the store's list goes on, and does not say where");
    }
    list.next_marker = *marker;
    return list;
}

base::Result<std::vector<std::string>> open_uploads(const base::HttpReply& reply,
                                                    std::string_view key) {
    if (root_element(reply.body) != "ListMultipartUploadsResult") {
        return refuse(Errc::store_refused, "the store's reply is no ListMultipartUploadsResult");
    }
    std::vector<std::string> ids;
    for (const std::string_view upload : inner_texts(reply.body, "Upload")) {
        if (element_text(upload, "Key") != key) continue;
        auto id = plain_or_refused(element_text(upload, "UploadId").value_or(""), "UploadId");
        if (!id) return std::unexpected(std::move(id.error()));
        ids.push_back(std::move(*id));
    }
    return ids;
}

base::Result<ObjectHead> object_head(const base::HttpReply& reply) {
    auto etag = etag_header(reply);
    if (!etag) return std::unexpected(std::move(etag.error()));
    const std::string length = reply.header("content-length");
    const auto bytes = parse_decimal<std::uint64_t>(length);
    if (!bytes) {
        return refuse(Errc::store_refused, text("the store's reply has no valid Content-Length: ",
                                                base::quoted(length)));
    }
    return ObjectHead{
        .bytes = *bytes,
        .etag = std::move(*etag),
        .sha256 = reply.header("x-amz-checksum-sha256"),
        .tags = parse_decimal<std::uint64_t>(reply.header("x-amz-tagging-count")).value_or(0)};
}

}  // namespace xpc::sink::s3
