#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "job/store.hpp"
#include "job/stored_jobs.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;

namespace {

std::string golden(const char* name) {
    std::ifstream file(std::string(XPC_TESTS_DIR "/golden/") + name);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A store as version 1 left it: a job in each of several positions.
std::filesystem::path store_of_version_1(const tests::ScratchFolder& folder) {
    auto path = folder.path() / "jobs.db";
    Database database(path, Database::Mode::read_write);
    database.execute(golden("job_store_v1.sql"));
    database.execute(golden("job_store_v1_rows.sql"));
    database.execute("PRAGMA user_version = 1");
    return path;
}

std::string id_ending_in(char last) {
    return std::string("019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e7") + last;
}

/// Every column of every table, in the order of the alphabet.
std::string columns(const std::filesystem::path& path) {
    Database database(path, Database::Mode::read_only);
    Statement statement = database.prepare(
        "SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || "
        "coalesce(c.dflt_value, '-') || ' ' || c.pk FROM sqlite_schema AS t, "
        "pragma_table_info(t.name) AS c WHERE t.type = 'table' ORDER BY 1");
    std::string all;
    while (statement.step())
        all += statement.text(0) + "\n";
    return all;
}

}  // namespace

TEST_CASE("a store of version 1 keeps its jobs, with what version 1 could not ask for unset") {
    const tests::ScratchFolder folder;
    Store store(store_of_version_1(folder));
    CHECK(store.list({}).size() == 4);

    struct Row {
        char id_end;
        const char* interface;
        Position position;
    };

    for (const Row& row :
         std::to_array<Row>({{'1', "eth0", {State::queued, Delivery::none}},
                             {'2', "odd,\"name\"", {State::running, Delivery::none}},
                             {'3', "any", {State::stopped, Delivery::delivered}},
                             {'4', "eth0", {State::stopped, Delivery::failed}}})) {
        CAPTURE(row.id_end);
        const auto job = store.find(id_ending_in(row.id_end));
        REQUIRE(job);
        CHECK(job->position == row.position);
        CHECK(job->request.interfaces == std::vector<std::string>{row.interface});
        CHECK(job->request.filter.empty());
        CHECK(job->request.direction == "both");
        CHECK(job->request.snaplen == 0);
        CHECK(job->request.src_port == 0);
        CHECK(job->request.buffer_mib == 0);
        CHECK_FALSE(job->request.circular);
        CHECK_FALSE(job->stop_requested);
        CHECK(job->request.packets == 0);
        CHECK(job->request.bytes == 0);
        CHECK_FALSE(is_segmented(job->request));
        CHECK(job->request.segments_kept == 0);
        CHECK(job->request.format == pcap::FileFormat::pcap_nanoseconds);
        CHECK(job->request.by.empty());
        CHECK(job->request.comment.empty());
        CHECK(job->objects.empty());
    }
    const auto delivered = store.find("905930");
    REQUIRE(delivered);
    CHECK(delivered->request.src == "10.0.0.1");
    CHECK(delivered->request.duration == 10s);
    CHECK(delivered->counters.captured == 90);
    REQUIRE(delivered->object);
    CHECK(delivered->object->etag == "etag");
    CHECK(delivered->url == "https://s3.amazonaws.com/captures/1795421730003.pcap");
    CHECK(store.find(id_ending_in('4'))->errors.front().errc == base::Errc::io);
    CHECK(store.unfinished().size() == 1);
}

TEST_CASE("a store of version 1 goes on as one of this version") {
    const tests::ScratchFolder folder;
    const auto path = store_of_version_1(folder);
    {
        Store store(path);
        Job queued = *store.find(id_ending_in('1'));
        queued.position.state = State::starting;
        CHECK(store.update(queued, Position{}));
        store.put_segment(queued.id, {.number = 1, .key = "k-0001.pcap"});
        Job job = queued;
        job.request.interfaces = {"eth0", "eth1"};
        CHECK(tests::insert(store, job, 10));
        CHECK(store.remove(id_ending_in('4')));
    }
    Store store(path);  // nothing is changed a second time
    CHECK(store.list({}).size() == 4);
    CHECK(store.find(id_ending_in('1'))->objects.size() == 1);
    CHECK(store.find(id_ending_in('2'))->request.interfaces.front() == "odd,\"name\"");
}

TEST_CASE("a store that was brought to this version has the columns of a new one") {
    const tests::ScratchFolder folder;
    const auto older = store_of_version_1(folder);
    const auto fresh = folder.path() / "fresh.db";
    {
        const Store brought(older);
        const Store made(fresh);
    }
    CHECK(columns(older) == columns(fresh));
}

TEST_CASE("a store that can not be brought to this version stays what it was") {
    const tests::ScratchFolder folder;
    const auto path = store_of_version_1(folder);
    {
        // the last step of the way fails
        Database(path, Database::Mode::read_write).execute("CREATE TABLE segments (x)");
    }
    const std::string before = columns(path);
    CHECK_THROWS_WITH_AS(Store{path}, doctest::Contains("segments"), base::Failure);
    CHECK(columns(path) == before);
    Database database(path, Database::Mode::read_only);
    Statement version = database.prepare("PRAGMA user_version");
    REQUIRE(version.step());
    CHECK(version.integer(0) == 1);
}
