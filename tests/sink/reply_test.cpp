#include "sink/s3/reply.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

base::HttpReply reply_of(int status, std::string body, base::HttpHeaders headers = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

TEST_CASE("the text of an element is found in what stores send") {
    struct Row {
        std::string_view name;
        std::string_view xml;
        std::optional<std::string_view> text;
    };

    const Row rows[] = {
        {"as AWS sends it",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>b</Bucket><Id>VXB sb2"
         "</Id></R>",
         "VXB sb2"},
        {"a prefix", "<s3:R xmlns:s3='x'><s3:Id>1</s3:Id></s3:R>", "1"},
        {"attributes", "<R><Id type=\"a>b\">1</Id></R>", "b\">1"},
        {"white space around", "<R><Id>\r\n  1\t</Id></R>", "1"},
        {"white space in a tag", "<R><Id >1</Id\n></R>", "1"},
        {"an empty one", "<R><Id></Id></R>", ""},
        {"an empty one, short", "<R><Id/></R>", ""},
        {"entities", "<Id>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#xe4;&#8364;&#x1F600;</Id>",
         "<&>\"'AB\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"entities that are none", "<Id>&nbsp;&&#;&#xZZ;&#99999999999;&amp</Id>",
         "&nbsp;&&#;&#xZZ;&#99999999999;&amp"},
        {"code points that are none", "<Id>&#0;&#xD800;&#x110000;</Id>",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"decoded once", "<Id>&amp;lt;</Id>", "&lt;"},
        {"a comment before", "<!-- <Id>0</Id> --><R><Id>1</Id></R>", "1"},
        {"the first of two", "<R><Id>1</Id><Id>2</Id></R>", "1"},
        {"another name", "<R><Ids>1</Ids></R>", std::nullopt},
        {"no leaf", "<R><Id><X>1</X></Id></R>", std::nullopt},
        {"not closed", "<R><Id>1", std::nullopt},
        {"cut in a tag", "<R><Id>1</I", std::nullopt},
        {"a comment without an end", "<R><!-- <Id>1</Id>", std::nullopt},
        {"nothing", "", std::nullopt},
        {"not XML", "Bad Gateway", std::nullopt},
        {"a lone bracket", "<", std::nullopt},
        {"empty tags", "<></><//>", std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto text = element_text(row.xml, "Id");
        CHECK(text.has_value() == row.text.has_value());
        if (text && row.text) CHECK(*text == *row.text);
    }
    CHECK_FALSE(element_text("<Id>" + std::string(longest_element + 1, 'x') + "</Id>", "Id"));
}

TEST_CASE("a refusal is the status, and the store's code and message where there are some") {
    struct Row {
        std::string_view name;
        base::HttpReply reply;
        std::string_view words;
    };

    const Row rows[] = {
        {"AWS",
         reply_of(403,
                  "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access "
                  "Denied</Message><RequestId>1</RequestId></Error>"),
         "403 AccessDenied: \"Access Denied\""},
        {"Ceph has an empty message",
         reply_of(404, "<Error><Code>NoSuchBucket</Code><Message></Message></Error>"),
         "404 NoSuchBucket"},
        {"HEAD has no body", reply_of(403, ""), "403"},
        {"a proxy's own page", reply_of(502, "<html><Code>x</Code></html>"), "502"},
        {"an error in a 200",
         reply_of(200, "<Error><Code>InternalError</Code><Message>Sorry</Message></Error>"),
         "200 InternalError: \"Sorry\""},
        {"a code that is no word", reply_of(400, "<Error><Code>a\nb</Code></Error>"),
         "400 \"a\\x0ab\""},
        {"another region",
         reply_of(301, "<Error><Code>PermanentRedirect</Code></Error>",
                  {{"x-amz-bucket-region", "eu-west-1"}}),
         "301 PermanentRedirect (the bucket is in region \"eu-west-1\")"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(words_of(refusal(row.reply)) == row.words);
        CHECK_FALSE(is_success(row.reply));
    }
    CHECK(is_success(reply_of(200, "")));
    CHECK(is_success(reply_of(204, "")));
    CHECK(is_success(reply_of(200, "<CompleteMultipartUploadResult/>")));
}

TEST_CASE("an upload id is taken from the body") {
    CHECK(upload_id(reply_of(200, "<R><UploadId>2~kL.8_x/=+</UploadId></R>")).value() ==
          "2~kL.8_x/=+");
    for (const std::string_view strange :
         {"", "<R/>", "<R><UploadId/></R>", "<R><UploadId>a b</UploadId></R>",
          "<R><UploadId>a&#10;b</UploadId></R>"}) {
        CAPTURE(strange);
        const auto id = upload_id(reply_of(200, std::string(strange)));
        REQUIRE_FALSE(id.has_value());
        CHECK(id.error().errc == base::Errc::store_refused);
        CHECK(id.error().message.contains("upload id"));
    }
    CHECK_FALSE(upload_id(reply_of(200, "<UploadId>" + std::string(2000, 'x') + "</UploadId>")));
}

TEST_CASE("an ETag is taken without its quotes, from headers and bodies") {
    CHECK(etag_header(reply_of(200, "", {{"etag", "\"abc-2\""}})).value() == "abc-2");
    CHECK(etag_header(reply_of(200, "", {{"etag", "abc"}})).value() == "abc");
    CHECK(etag_header(reply_of(200, "", {{"etag", "W/\"abc-2\""}})).value() == "abc-2");
    CHECK(etag_header(reply_of(200, "", {{"etag", "W/abc"}})).value() == "W/abc");
    CHECK_FALSE(etag_header(reply_of(200, "")));
    CHECK_FALSE(etag_header(reply_of(200, "", {{"etag", "\"\""}})));
    CHECK_FALSE(etag_header(reply_of(200, "", {{"etag", "a\"b"}})));
}

TEST_CASE("an ETag is taken from the reply to a completion, where there is one") {
    struct Row {
        std::string_view name;
        std::string_view inside;
        std::string_view etag;
    };

    const Row rows[] = {
        {"AWS", "<ETag>&quot;abc-2&quot;</ETag>", "abc-2"},
        {"Swift", "<ETag>\"abc-2\"</ETag>", "abc-2"},
        {"Ceph 16", "<ETag></ETag>", ""},
        {"no element", "", ""},
    };
    const auto completed = [](std::string_view inside) {
        return completed_etag(reply_of(200, "<CompleteMultipartUploadResult xmlns='x'>" +
                                                std::string(inside) +
                                                "</CompleteMultipartUploadResult>"));
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(completed(row.inside).value() == row.etag);
    }
    CHECK_FALSE(completed("<ETag>a b</ETag>"));
    CHECK_FALSE(completed_etag(reply_of(200, "")));
    CHECK_FALSE(completed_etag(reply_of(200, "<R><ETag>abc-2</ETag></R>")));
}

TEST_CASE("the ETag of a whole object follows from those of its parts, where they are MD5") {
    // computed with Python's hashlib from the parts "a" and "b"
    const std::string a = "0cc175b9c0f1b6a831c399e269772661";
    const std::string b = "92eb5ffee6ae2fec3ad71c777531578f";
    CHECK(multipart_etag(std::vector{a, b}) == "96e024ba2074fe77e8e965ba43a704be-2");
    CHECK(multipart_etag(std::vector{a, std::string("abc")}).empty());
    CHECK(multipart_etag(std::vector{a, std::string(32, 'z')}).empty());
    CHECK(multipart_etag(std::vector{a, std::string(32, '-')}).empty());
}

TEST_CASE("a head gives size and ETag, or is refused") {
    const auto head =
        object_head(reply_of(200, "", {{"content-length", "1234"}, {"etag", "\"e\""}}));
    REQUIRE(head.has_value());
    CHECK(head->bytes == 1234);
    CHECK(head->etag == "e");
    CHECK_FALSE(object_head(reply_of(200, "", {{"content-length", "1234"}})));
    CHECK_FALSE(object_head(reply_of(200, "", {{"etag", "\"e\""}})));
    CHECK_FALSE(object_head(reply_of(200, "", {{"content-length", "-1"}, {"etag", "\"e\""}})));
    CHECK_FALSE(object_head(
        reply_of(200, "", {{"content-length", "99999999999999999999"}, {"etag", "\"e\""}})));
}

TEST_CASE("a list of parts is read page by page, and one that is none is refused") {
    const std::string head =
        "<?xml version=\"1.0\"?>\n<ListPartsResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Bucket>b</Bucket><Key>Part</Key><UploadId>1</UploadId>";
    const std::string parts =
        "<Part><PartNumber>1</PartNumber><LastModified>2026-11-24T22:00:00.000Z</LastModified>"
        "<ETag>&quot;0cc175b9c0f1b6a831c399e269772661&quot;</ETag><Size>5242880</Size></Part>"
        "<Part><ETag>abc</ETag><Size>7</Size><PartNumber>3</PartNumber></Part>";
    const auto list = [&](const std::string& body) {
        return part_list(reply_of(200, head + body + "</ListPartsResult>"));
    };
    const auto last = list("<IsTruncated>false</IsTruncated>" + parts);
    REQUIRE(last);
    CHECK(last->next_marker == 0);
    REQUIRE(last->parts.size() == 2);
    CHECK(last->parts[0].number == 1);
    CHECK(last->parts[0].bytes == 5'242'880);
    CHECK(last->parts[0].etag == "0cc175b9c0f1b6a831c399e269772661");
    CHECK(last->parts[1].number == 3);
    CHECK(list("")->parts.empty());
    const auto more = list(
        "<NextPartNumberMarker>3</NextPartNumberMarker>"
        "<IsTruncated>true</IsTruncated>" +
        parts);
    REQUIRE(more);
    CHECK(more->next_marker == 3);
    for (const char* const wrong :
         {"<IsTruncated>true</IsTruncated>",
          "<IsTruncated>true</IsTruncated><NextPartNumberMarker>x</NextPartNumberMarker>",
          "<IsTruncated>true</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker>",
          "<Part></Part>", "<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>",
          "<Part><PartNumber>1</PartNumber><Size>1</Size></Part>",
          "<Part><PartNumber>-1</PartNumber><Size>1</Size><ETag>e</ETag></Part>",
          "<Part><PartNumber>1</PartNumber><Size>1</Size><ETag>a b</ETag></Part>"}) {
        CAPTURE(wrong);
        CHECK_FALSE(list(wrong));
    }
    CHECK_FALSE(part_list(reply_of(200, "<Error/>")));
    CHECK_FALSE(part_list(reply_of(200, "")));
}

}  // namespace
}  // namespace xpc::sink::s3
