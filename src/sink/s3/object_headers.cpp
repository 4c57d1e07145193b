#include "sink/s3/object_headers.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace xpc::sink::s3 {

using base::text;

std::string metadata_value(std::string_view value) {
    const bool is_ascii = std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
    return is_ascii ? std::string(base::trimmed(value))
                    : text("=?UTF-8?B?", base::base64(value), "?=");
}

std::string tagging(const Labels& tags) {
    std::string out;
    for (const auto& [name, value] : tags) {
        if (!out.empty()) out += '&';
        out += text(base::percent_encoded(name), '=', base::percent_encoded(value));
    }
    return out;
}

Fields object_headers(const ObjectOptions& options, const Labels& late) {
    Fields headers;
    const auto add = [&headers](const char* name, std::string value) {
        if (!value.empty()) headers.emplace_back(name, std::move(value));
    };
    add("Content-Type", std::string(content_type(options.compression)));
    add("x-amz-storage-class", options.storage_class);
    add("x-amz-server-side-encryption", options.encryption);
    add("x-amz-server-side-encryption-aws-kms-key-id", options.kms_key);
    add("x-amz-tagging", tagging(options.tags));
    for (const Labels* const labels : {&options.metadata, &late}) {
        for (const auto& [name, value] : *labels)
            headers.emplace_back(text("x-amz-meta-", name), metadata_value(value));
    }
    return headers;
}

}  // namespace xpc::sink::s3
