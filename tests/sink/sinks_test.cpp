#include "sink/sinks.hpp"

#include <filesystem>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "sink/s3/key_ring.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::sink {
namespace {

const Destination embedded{.store = StoreKind::embedded, .bucket = "b", .key = "1.pcap"};
const Destination in_s3{.store = StoreKind::s3, .bucket = "b", .key = "1.pcap"};

S3Options store(std::string endpoint, bool path_style) {
    return {.endpoint = std::move(endpoint),
            .path_style = path_style,
            .keys = std::make_shared<s3::KeyRing>(s3::fixed_source(
                {.access_key = "AKID", .secret_key = "secret", .session_token = {}}, "test"))};
}

TEST_CASE("S3 is the default store where it is configured") {
    CHECK(Sinks({.objects_dir = "/o", .s3 = {}}).default_store() == StoreKind::embedded);
    CHECK(Sinks({.objects_dir = "/o", .s3 = store("", false)}).default_store() == StoreKind::s3);
}

TEST_CASE("an object's URL is known before it is delivered") {
    const std::string own = "http://127.0.0.1:5000";
    const Sinks none({.objects_dir = "/o", .s3 = {}});
    CHECK(none.url(embedded, own) == "http://127.0.0.1:5000/objects/b/1.pcap");
    CHECK(none.object_path(embedded) == std::filesystem::path("/o/b/1.pcap"));
    const Sinks aws({.objects_dir = "/o", .s3 = store("", false)});
    CHECK(aws.url(embedded, own) == "http://127.0.0.1:5000/objects/b/1.pcap");
    CHECK(aws.url(in_s3, own) == "https://s3.amazonaws.com/b/1.pcap");
    const Sinks path_style({.objects_dir = "/o", .s3 = store("http://store:7480", true)});
    CHECK(path_style.url(in_s3, own) == "http://store:7480/b/1.pcap");
    const Sinks host_style({.objects_dir = "/o", .s3 = store("http://store:7480", false)});
    CHECK(host_style.url(in_s3, own) == "http://b.store:7480/1.pcap");
}

TEST_CASE("a presigned URL goes to the bucket's own address and does not tell the secret") {
    const Sinks aws({.objects_dir = "/o", .s3 = store("", false)});
    const std::string url = aws.presigned_url(in_s3);
    CHECK(url.starts_with("https://b.s3.us-east-1.amazonaws.com/1.pcap?X-Amz-Algorithm="));
    CHECK(url.contains("&X-Amz-Expires=600&"));
    CHECK_FALSE(url.contains("secret"));
}

TEST_CASE("the embedded store delivers where S3 is configured too") {
    const tests::ScratchFolder folder;
    const auto spool = folder.file("job.spool", "packets");
    const Sinks sinks({.objects_dir = folder.path() / "o", .s3 = store("", false)});
    const auto receipt = sinks.open(embedded, {}, spool)->finish(7, {}, base::Stop());
    CHECK(receipt.bytes == 7);
    CHECK(tests::ScratchFolder::content(sinks.object_path(embedded)) == "packets");
}

TEST_CASE("what a delivery has put into the embedded store is taken back, and nothing else") {
    const tests::ScratchFolder folder;
    const Sinks sinks({.objects_dir = folder.path() / "o", .s3 = {}});
    const auto spool = folder.path() / "job.pcap";
    const auto object = sinks.object_path(embedded);
    std::filesystem::create_directories(object.parent_path());
    sinks.take_back(embedded, spool);  // there is nothing at all
    for (const auto* const name : {"job.pcap", "job.pcap.zst"}) {
        CAPTURE(name);
        std::filesystem::create_hard_link(folder.file(name, "packets"), object);
        sinks.take_back(embedded, spool);
        CHECK_FALSE(std::filesystem::exists(object));
        CHECK(tests::ScratchFolder::content(folder.path() / name) == "packets");
    }
    CHECK(folder.file("o/b/1.pcap", "packets") == object);
    sinks.take_back(embedded, spool);
    CHECK(tests::ScratchFolder::content(object) == "packets");
}

TEST_CASE("S3 without a configuration is refused") {
    const tests::ScratchFolder folder;
    const auto spool = folder.file("job.spool", "packets");
    const Sinks sinks({.objects_dir = folder.path(), .s3 = {}});
    CHECK_THROWS_AS(static_cast<void>(sinks.open(in_s3, {}, spool)), base::Failure);
    CHECK_THROWS_AS(static_cast<void>(sinks.presigned_url(in_s3)), base::Failure);
}

}  // namespace
}  // namespace xpc::sink
