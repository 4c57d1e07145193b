#include "sink/s3/open_upload.hpp"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::sink::s3 {
namespace {

TEST_CASE("a note tells the next one what was left open") {
    const tests::ScratchFolder folder;
    const auto path = note_path(folder.path() / "job.spool");
    CHECK(path.filename() == "job.spool.upload");
    CHECK_FALSE(read_note(path).has_value());
    write_note(path, {.origin = "http://s",
                      .destination = {.store = StoreKind::s3, .bucket = "b", .key = "k"},
                      .upload_id = "2~\"id\\"});
    const auto note = read_note(path);
    REQUIRE(note.has_value());
    CHECK(note->origin == "http://s");
    CHECK(note->destination.bucket == "b");
    CHECK(note->destination.key == "k");
    CHECK(note->upload_id == "2~\"id\\");
    remove_note(path);
    CHECK_FALSE(read_note(path).has_value());
    remove_note(path);
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a note tells that there may be uploads whose ids never came") {
    const OpenUpload open{.origin = "http://s",
                          .destination = {.store = StoreKind::s3, .bucket = "b", .key = "k"},
                          .upload_id = "2"};
    CHECK_FALSE(note_from(note_text(open)).value().may_be_stray());
    auto strays = open;
    strays.has_strays = true;
    CHECK(note_from(note_text(strays)).value().may_be_stray());
    auto unnamed = open;
    unnamed.upload_id.clear();
    CHECK(note_from(note_text(unnamed)).value().may_be_stray());
}

TEST_CASE("a note that is damaged anywhere, or cut anywhere, counts as none") {
    const tests::ScratchFolder folder;
    const auto path = note_path(folder.path() / "job.spool");
    write_note(path,
               {.origin = "https://store:8443",
                .destination = {.store = StoreKind::s3, .bucket = "captures", .key = "1.pcap"},
                .upload_id = "2~QsjaIOA-zQbSuBt6V4gpGAlO2J3SGOl"});
    const std::string whole = tests::ScratchFolder::content(path);
    REQUIRE(whole.ends_with("}\n"));
    for (std::size_t at = 0; at + 1 < whole.size(); ++at) {  // but for the end of the line
        CAPTURE(at);
        CHECK_FALSE(read_note(folder.file("cut", whole.substr(0, at))).has_value());
        for (const int flip : {0x01, 0x20, 0x80, 0xFF}) {
            CAPTURE(flip);
            std::string damaged = whole;
            damaged[at] = static_cast<char>(damaged[at] ^ flip);
            CHECK_FALSE(read_note(folder.file("damaged", damaged)).has_value());
        }
    }
    CHECK(read_note(folder.file("same", whole)).has_value());
}

TEST_CASE("what never was a note counts as none") {
    const tests::ScratchFolder folder;
    for (const std::string content :
         {"", "{", "[]", "{}", R"({"upload_id":1})", R"({"upload_id":""})"}) {
        CAPTURE(content);
        CHECK_FALSE(read_note(folder.file("note", content)).has_value());
    }
    CHECK_FALSE(read_note(folder.file("note", std::string(100'000, 'x'))).has_value());
}

TEST_CASE("a note that cannot be written is a failure that names it") {
    const auto path = std::filesystem::path("/nonexistent/job.spool.upload");
    CHECK_THROWS_WITH_AS(
        write_note(path, {.origin = {}, .destination = {}, .upload_id = "x"}),
        "creating /nonexistent/job.spool.upload.partial: No such file or directory", base::Failure);
}

}  // namespace
}  // namespace xpc::sink::s3
