#include "base/thread_name.hpp"

#include <fstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace xpc;

namespace {

/// What the kernel says of a thread that called itself so.
std::string shown(std::string_view name) {
    std::string found;
    std::jthread([&] {
        base::name_thread(name);
        std::ifstream comm("/proc/self/task/" + std::to_string(::gettid()) + "/comm");
        std::getline(comm, found);
    }).join();
    return found;
}

}  // namespace

TEST_CASE("a thread is called what it does") {
    CHECK(shown("tap eth0") == "tap eth0");
    CHECK(shown("") == "");
}

TEST_CASE("a long name is cut") {
    CHECK(shown("tap a-name-of-15-ch") == "tap a-name-of-1");
}
