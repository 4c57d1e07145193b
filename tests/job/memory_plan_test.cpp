#include "job/memory_plan.hpp"

#include <bit>
#include <random>

#include <doctest/doctest.h>

using namespace xpc;

namespace {

constexpr std::size_t mebi = std::size_t{1} << 20U;
constexpr std::size_t gibi = std::size_t{1} << 30U;

void check_plan(std::size_t memory) {
    CAPTURE(memory);
    const auto plan = job::plan_memory(memory);
    CHECK(plan.ring_bytes + plan.part_count * plan.part_bytes <= memory);
    // nothing is left over but what makes no whole part
    CHECK(plan.ring_bytes + (plan.part_count + 1) * plan.part_bytes > memory);
    // one to fill and one to write for each of the most jobs that run by default
    CHECK(plan.part_count >= 2 * 128);
    // whole pages, so that they can be written directly
    CHECK(std::has_single_bit(plan.part_bytes));
    CHECK(plan.part_bytes >= 32 * 1024);
    CHECK(plan.part_bytes <= mebi);
    // the least that one ring is made of: four blocks of 128 KiB
    CHECK(plan.ring_bytes >= 512 * 1024);
}

}  // namespace

TEST_CASE("rings and parts fit into the memory, whatever its size") {
    for (std::size_t memory = 16 * mebi; memory <= 64 * gibi; memory *= 2) {
        check_plan(memory);
        check_plan(memory + 1);
        check_plan(memory + memory / 3);
    }
    std::mt19937_64 numbers(11);
    for (int i = 0; i < 1000; ++i)
        check_plan(16 * mebi + numbers() % (64 * gibi));
}

TEST_CASE("the usual 64 MiB are half rings, and 256 parts of 128 KiB") {
    const auto plan = job::plan_memory(64 * mebi);
    CHECK(plan.ring_bytes == 32 * mebi);
    CHECK(plan.part_bytes == 128 * 1024);
    CHECK(plan.part_count == 256);
}

TEST_CASE("more memory makes larger parts, and then more of them") {
    CHECK(job::plan_memory(512 * mebi).part_bytes == mebi);
    CHECK(job::plan_memory(512 * mebi).part_count == 256);
    CHECK(job::plan_memory(2 * gibi).part_bytes == mebi);
    CHECK(job::plan_memory(2 * gibi).part_count == 1024);
}
