#include "sink/file_sink.hpp"

#include <chrono>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::sink {
namespace {

namespace fs = std::filesystem;

const Destination destination{
    .store = StoreKind::embedded, .bucket = "pcaps", .key = "1795421730123.pcap"};

Receipt deliver(const fs::path& objects, const fs::path& spool, std::uint64_t bytes) {
    FileSink sink(objects, destination, spool);
    sink.advance(bytes);
    return sink.finish(bytes, {}, base::Stop());
}

base::Errc errc_of(const fs::path& objects, const fs::path& spool, std::uint64_t bytes) {
    try {
        static_cast<void>(deliver(objects, spool, bytes));
    } catch (const base::Failure& failed) {
        return failed.error().errc;
    }
    return base::Errc::internal;
}

TEST_CASE("the object is the spool file under a second name") {
    const tests::ScratchFolder folder;
    const fs::path spool = folder.file("job.spool", "packets");
    const auto receipt = deliver(folder.path() / "objects", spool, 7);
    const fs::path object = folder.path() / "objects" / "pcaps" / "1795421730123.pcap";
    CHECK(receipt.bucket == "pcaps");
    CHECK(receipt.key == "1795421730123.pcap");
    CHECK(receipt.bytes == 7);
    CHECK(tests::ScratchFolder::content(object) == "packets");
    CHECK(fs::equivalent(object, spool));
    fs::remove(spool);
    CHECK(tests::ScratchFolder::content(object) == "packets");
}

TEST_CASE("the ETag follows from size and time, and stays when the spool's name goes") {
    const tests::ScratchFolder folder;
    const fs::path spool = folder.file("job.spool", "packets");
    const auto receipt = deliver(folder.path() / "objects", spool, 7);
    fs::remove(spool);
    const fs::path object = folder.path() / "objects" / "pcaps" / "1795421730123.pcap";
    const auto modified =
        std::chrono::file_clock::to_sys(fs::last_write_time(object)).time_since_epoch();
    CHECK(receipt.etag ==
          object_etag(
              7, base::WallTime(std::chrono::duration_cast<std::chrono::nanoseconds>(modified))));
    CHECK(object_etag(255, base::WallTime(std::chrono::nanoseconds(16))) == "ff-10");
    CHECK(object_etag(255, base::WallTime(std::chrono::nanoseconds(17))) != "ff-10");
}

TEST_CASE("delivering the same spool file again confirms the same object") {
    const tests::ScratchFolder folder;
    const fs::path spool = folder.file("job.spool", "packets");
    const auto first = deliver(folder.path() / "objects", spool, 7);
    const auto second = deliver(folder.path() / "objects", spool, 7);
    CHECK(first.etag == second.etag);
    CHECK(fs::hard_link_count(spool) == 2);
}

TEST_CASE("another file of that name is a conflict, and is not touched") {
    const tests::ScratchFolder folder;
    const fs::path spool = folder.file("job.spool", "packets");
    fs::create_directories(folder.path() / "objects" / "pcaps");
    const fs::path taken = folder.file("objects/pcaps/1795421730123.pcap", "of another job");
    CHECK(errc_of(folder.path() / "objects", spool, 7) == base::Errc::conflict);
    CHECK(tests::ScratchFolder::content(taken) == "of another job");
    CHECK(tests::ScratchFolder::content(spool) == "packets");
}

TEST_CASE("another file of that name and length is a conflict, wherever the first difference is") {
    const tests::ScratchFolder folder;
    const std::string content(3'000'000, 'x');
    const fs::path spool = folder.file("job.spool", content);
    fs::create_directories(folder.path() / "objects" / "pcaps");
    for (const std::size_t at : {std::size_t{0}, std::size_t{1'500'000}, content.size() - 1}) {
        CAPTURE(at);
        std::string other = content;
        other[at] = 'y';
        const fs::path taken = folder.file("objects/pcaps/1795421730123.pcap", other);
        CHECK(errc_of(folder.path() / "objects", spool, content.size()) == base::Errc::conflict);
        CHECK(tests::ScratchFolder::content(taken) == other);
    }
}

TEST_CASE("an object with the same bytes is ours: a process that was killed had delivered it") {
    const tests::ScratchFolder folder;
    for (const std::string& content : {std::string("packets"), std::string(3'000'000, 'x')}) {
        const fs::path spool = folder.file("job.spool", content);
        const auto first = deliver(folder.path() / "objects", spool, content.size());
        fs::remove(spool);
        CHECK(folder.file("job.spool", content) == spool);
        const auto second = deliver(folder.path() / "objects", spool, content.size());
        CHECK(second.bytes == content.size());
        CHECK(first.etag == second.etag);  // it follows from the object's time, and not the file's
        fs::remove(folder.path() / "objects" / "pcaps" / "1795421730123.pcap");
    }
}

TEST_CASE("a symbolic link of that name is not followed") {
    const tests::ScratchFolder folder;
    const fs::path spool = folder.file("job.spool", "packets");
    fs::create_directories(folder.path() / "objects" / "pcaps");
    fs::create_symlink(spool, folder.path() / "objects" / "pcaps" / "1795421730123.pcap");
    CHECK_THROWS_AS(static_cast<void>(deliver(folder.path() / "objects", spool, 7)), base::Failure);
}

TEST_CASE("an object of another size than was captured is no delivery") {
    const tests::ScratchFolder folder;
    const fs::path spool = folder.file("job.spool", "packets");
    CHECK(errc_of(folder.path() / "objects", spool, 8) == base::Errc::corrupt);
}

TEST_CASE("a spool file or folder that cannot be used is named") {
    const tests::ScratchFolder folder;
    const fs::path absent = folder.path() / "absent.spool";
    CHECK_THROWS_WITH_AS(static_cast<void>(deliver(folder.path() / "objects", absent, 7)),
                         ("opening " + absent.string() + ": No such file or directory").c_str(),
                         base::Failure);
    const fs::path spool = folder.file("job.spool", "packets");
    const fs::path file = folder.file("objects", "a file, where a folder should be");
    CHECK_THROWS_AS(static_cast<void>(deliver(file, spool, 7)), base::Failure);
}

TEST_CASE("a stop that comes first delivers nothing") {
    const tests::ScratchFolder folder;
    const fs::path spool = folder.file("job.spool", "packets");
    FileSink sink(folder.path() / "objects", destination, spool);
    base::Stop stop;
    stop.request();
    CHECK_THROWS_AS(static_cast<void>(sink.finish(7, {}, stop)), base::Failure);
    CHECK_FALSE(fs::exists(folder.path() / "objects" / "pcaps"));
}

}  // namespace
}  // namespace xpc::sink
