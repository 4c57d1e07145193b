// What a change of the store costs in syncs of the disk.

#include <atomic>

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "job/store.hpp"
#include "job/stored_jobs.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using tests::inserted;

namespace {

std::atomic<int> sync_count = 0;

template <typename F>
int syncs_of(F&& change) {
    const int before = sync_count;
    change();
    return sync_count - before;
}

}  // namespace

// SQLite's call of it finds this one, which is the program's, first (ld.so(8)).
extern "C" int fdatasync(int fd) {
    ++sync_count;
    return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

TEST_CASE("a step that a restart takes back is seen by all at once, and synced with the next one") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    const Store::Sync with_next = Store::Sync::with_next;
    Job job = inserted(store);
    for (int round = 0; round < 3; ++round) {  // by turns
        Position from = job.position;
        job.position.state = State::starting;
        CHECK(syncs_of([&] { CHECK(store.update(job, from, with_next)); }) == 0);
        CHECK(store.find(job.id)->position == job.position);
        Store other_process(folder.path() / "jobs.db");
        CHECK(other_process.find(job.id)->position == job.position);
        from = job.position;
        job.position.state = State::queued;
        CHECK(syncs_of([&] { CHECK(store.update(job, from)); }) == 1);
        CHECK_FALSE(store.update(job, from, with_next));  // it is there no more
    }
}
