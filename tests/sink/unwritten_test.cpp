#include "sink/unwritten.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace xpc::sink;

namespace {

std::optional<std::uint64_t> told_by(const std::string& text) {
    std::istringstream meminfo(text);
    return unwritten_bytes(meminfo);
}

}  // namespace

TEST_CASE("what is not written is read from the kernel's numbers") {
    CHECK(told_by("MemTotal:       24684092 kB\n"
                  "Dirty:               460 kB\n"
                  "Writeback:            40 kB\n"
                  "WritebackTmp:          7 kB\n") == 500 * 1024);
    CHECK(told_by("Node 0 MemTotal:       24684092 kB\n"
                  "Node 0 Dirty:               460 kB\n"
                  "Node 0 Writeback:             0 kB\n"
                  "Node 0 WritebackTmp:          7 kB\n") == 460 * 1024);
}

TEST_CASE("numbers that are missing are nothing, not 0") {
    CHECK_FALSE(told_by(""));
    CHECK_FALSE(told_by("Dirty:  460 kB\n"));
    CHECK_FALSE(told_by("Dirty:  much\nWriteback:  0 kB\n"));
    CHECK_FALSE(told_by("WritebackTmp:  1 kB\nDirty:\n"));
}

TEST_CASE("this kernel tells") {
    CHECK(unwritten_bytes());
}
