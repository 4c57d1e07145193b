#include "sink/object_options.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "sink/object_key.hpp"
#include "sink/s3/object_headers.hpp"

namespace xpc::sink {
namespace {

TEST_CASE("what a store may be asked for is accepted") {
    CHECK(check_object_options({}));
    CHECK(check_object_options({.storage_class = "INTELLIGENT_TIERING"}));
    CHECK(check_object_options({.encryption = "AES256"}));
    CHECK(check_object_options(
        {.encryption = "aws:kms", .kms_key = "arn:aws:kms:eu-west-1:123456789012:key/1234-abcd"}));
    CHECK(check_object_options({.tags = {{"cost centre", "a+b-c=d._:/@"}, {"caf\xc3\xa9", ""}}}));
    CHECK(check_object_options({.tags = {{std::string(128, 'n'), std::string(256, 'v')}}}));
    CHECK(check_object_options({.metadata = {{"ticket-7", "caf\xc3\xa9 at 3 a.m."}}}));
}

/// Ten of the longest, each character as `letter` has it.
Labels longest_tags(const std::string& letter) {
    std::string name;
    std::string value;
    for (int i = 0; i < 127; ++i)
        name += letter;
    for (int i = 0; i < 256; ++i)
        value += letter;
    Labels tags;
    for (char first = '0'; first <= '9'; ++first)
        tags.emplace_back(first + name, value);
    return tags;
}

TEST_CASE("tags and metadata are counted as they are sent") {
    CHECK(check_object_options({.tags = longest_tags("v")}));
    const auto long_tags = check_object_options({.tags = longest_tags("\xc3\xa9")});
    REQUIRE_FALSE(long_tags);
    CHECK(long_tags.error().field == "tags");
    CHECK(long_tags.error().message.contains("23009 bytes as they are sent"));

    Labels metadata;
    for (int i = 0; i < 72; ++i)
        metadata.emplace_back("a" + std::to_string(i), "\xc3\xa9\xc3\xa9");
    const auto long_metadata = check_object_options({.metadata = metadata});
    REQUIRE_FALSE(long_metadata);
    CHECK(long_metadata.error().field == "metadata");
    CHECK(long_metadata.error().message.contains("1646 bytes as they are sent"));
    metadata.resize(20);
    CHECK(check_object_options({.metadata = metadata}));
}

TEST_CASE("what no store takes is refused before anything is captured") {
    struct Row {
        const char* field;
        ObjectOptions options;
    };

    const Labels eleven{{"1", ""}, {"2", ""}, {"3", ""}, {"4", ""},  {"5", ""}, {"6", ""},
                        {"7", ""}, {"8", ""}, {"9", ""}, {"10", ""}, {"11", ""}};
    const auto rows = std::to_array<Row>({
        {"storage_class", {.storage_class = "a b"}},
        {"storage_class", {.storage_class = "A\r\nx-amz-acl: public-read"}},
        {"storage_class", {.storage_class = std::string(65, 'A')}},
        {"encryption", {.encryption = "aes256"}},
        {"kms_key", {.kms_key = "k"}},
        {"kms_key", {.encryption = "AES256", .kms_key = "k"}},
        {"kms_key", {.encryption = "aws:kms", .kms_key = "a b"}},
        {"tags", {.tags = eleven}},
        {"tags", {.tags = {{"", "v"}}}},
        {"tags", {.tags = {{"a", "1"}, {"a", "2"}}}},
        {"tags", {.tags = {{"AWS:x", "v"}}}},
        {"tags", {.tags = {{"a&b", "v"}}}},
        {"tags", {.tags = {{"a", "v\n"}}}},
        {"tags", {.tags = {{std::string(129, 'n'), "v"}}}},
        {"tags", {.tags = {{"a", std::string(257, 'v')}}}},
        {"metadata", {.metadata = {{"A", "v"}}}},
        {"metadata", {.metadata = {{"", "v"}}}},
        {"metadata", {.metadata = {{"a:b", "v"}}}},
        {"metadata", {.metadata = {{"job", "v"}}}},
        {"metadata", {.metadata = {{"a", "v\r\nHost: x"}}}},
        {"metadata", {.metadata = {{"a", "1"}, {"a", "2"}}}},
        {"metadata", {.metadata = {{"a", std::string(512, 'v')}}}},
    });
    for (const Row& row : rows) {
        CAPTURE(row.field);
        const auto checked = check_object_options(row.options);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().field == row.field);
        CHECK(checked.error().message.starts_with(row.field));
    }
}

TEST_CASE("a key is names with slashes between them") {
    for (const auto* key : {"a", "1795421730123.pcapng", "a/b/c", "dt=2026-11-25/a_b.c-d"}) {
        CAPTURE(key);
        CHECK(is_object_key(key));
    }
    for (const auto* key : {"", "/", "a/", "/a", "a//b", ".", "..", "a/../b", ".a", "a b", "a%2Fb",
                            "a\\b", "caf\xc3\xa9", "a?b", "a#b", "a+b"}) {
        CAPTURE(key);
        CHECK_FALSE(is_object_key(key));
    }
}

TEST_CASE("headers tell the store what the object is to be") {
    const s3::Fields none = s3::object_headers({}, {});
    CHECK(none == s3::Fields{{"Content-Type", "application/vnd.tcpdump.pcap"}});
    const s3::Fields all = s3::object_headers({.compression = Compression::zstd,
                                               .storage_class = "STANDARD_IA",
                                               .encryption = "aws:kms",
                                               .kms_key = "k",
                                               .tags = {{"a b", "c&d"}, {"e", ""}},
                                               .metadata = {{"by", "caf\xc3\xa9"}}},
                                              {{"captured", "7"}});
    CHECK(all == s3::Fields{{"Content-Type", "application/zstd"},
                            {"x-amz-storage-class", "STANDARD_IA"},
                            {"x-amz-server-side-encryption", "aws:kms"},
                            {"x-amz-server-side-encryption-aws-kms-key-id", "k"},
                            {"x-amz-tagging", "a%20b=c%26d&e="},
                            {"x-amz-meta-by", "=?UTF-8?B?Y2Fmw6k=?="},
                            {"x-amz-meta-captured", "7"}});
    const s3::Fields blank =
        s3::object_headers({.metadata = {{"a", ""}, {"b", "  "}, {"c", " d "}}}, {});
    CHECK(blank == s3::Fields{{"Content-Type", "application/vnd.tcpdump.pcap"},
                              {"x-amz-meta-a", ""},
                              {"x-amz-meta-b", ""},
                              {"x-amz-meta-c", "d"}});
}

}  // namespace
}  // namespace xpc::sink
