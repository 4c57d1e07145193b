#include "sink/retention.hpp"

#include <chrono>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "support/scratch_folder.hpp"

namespace xpc::sink {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Objects of 100 bytes, and how old they are.
struct Objects {
    Objects() {
        add("b/old.pcap", 3h);
        add("b/deep/er/older.pcap", 4h);
        add("c/new.pcap", 1h);
    }

    void add(const std::string& name, std::chrono::seconds age) const {
        const fs::path path = folder.path() / name;
        fs::create_directories(path.parent_path());
        static_cast<void>(folder.file(name, std::string(100, 'x')));
        fs::last_write_time(path, fs::file_time_type::clock::now() - age);
    }

    [[nodiscard]] bool has(const char* name) const { return fs::exists(folder.path() / name); }

    void enforce(const RetentionLimits& limits) const {
        enforce_retention(folder.path(), limits, base::wall_now());
    }

    tests::ScratchFolder folder;
};

TEST_CASE("objects that are too old go, with the folders that are empty then") {
    const Objects objects;
    objects.enforce({.age = 2h});
    CHECK_FALSE(objects.has("b/old.pcap"));
    CHECK_FALSE(objects.has("b/deep"));
    CHECK(objects.has("b"));
    CHECK(objects.has("c/new.pcap"));
}

TEST_CASE("of objects that are too much the oldest go") {
    const Objects objects;
    objects.enforce({.bytes = 300});
    CHECK(objects.has("b/deep/er/older.pcap"));
    objects.enforce({.bytes = 299});
    CHECK_FALSE(objects.has("b/deep/er/older.pcap"));
    CHECK(objects.has("b/old.pcap"));
    objects.enforce({.bytes = 1});
    CHECK_FALSE(objects.has("c/new.pcap"));
}

TEST_CASE("nothing goes where there is no limit, or no store yet") {
    const Objects objects;
    objects.enforce({});
    CHECK(objects.has("b/deep/er/older.pcap"));
    enforce_retention(objects.folder.path() / "none", {.age = 1h, .bytes = 1}, base::wall_now());
}

TEST_CASE("an object whose delivery is not recorded stays, and so does what is no object") {
    const Objects objects;
    const fs::path spool = objects.folder.path() / "spool";
    fs::create_hard_link(objects.folder.path() / "b/old.pcap", spool);
    const tests::ScratchFolder elsewhere;
    const fs::path outside = elsewhere.file("outside", "x");
    fs::create_symlink(outside, objects.folder.path() / "c/link");
    objects.enforce({.age = 2h, .bytes = 1});
    CHECK(objects.has("b/old.pcap"));
    CHECK(objects.has("c/link"));
    CHECK(fs::exists(outside));
    CHECK_FALSE(objects.has("b/deep"));
}

}  // namespace
}  // namespace xpc::sink
