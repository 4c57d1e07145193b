#include "sink/part_pool.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace xpc::sink;

namespace {

constexpr std::size_t part_bytes = 4096;

std::vector<PartRef> take_all(PartPool& pool, PartAccount& account) {
    std::vector<PartRef> taken;
    while (auto part = pool.try_take(account))
        taken.push_back(std::move(*part));
    return taken;
}

}  // namespace

TEST_CASE("a part goes back to the pool with the last who holds it") {
    PartPool pool(part_bytes, 1);
    pool.touch(1);
    PartAccount account;
    auto part = pool.try_take(account);
    REQUIRE(part);
    CHECK(part->memory().size() == part_bytes);
    std::optional<PartSlice> slice = PartSlice{.part = *part, .begin = 0, .end = 10};
    CHECK_FALSE(pool.try_take(account));
    part.reset();
    CHECK_FALSE(pool.try_take(account));
    slice.reset();
    CHECK(pool.try_take(account));
}

TEST_CASE("nothing can be taken before the memory was touched") {
    PartPool pool(part_bytes, 8);
    PartAccount account;
    CHECK_FALSE(pool.try_take(account));
    pool.touch(100);
    CHECK(take_all(pool, account).size() > 1);
}

TEST_CASE("one alone gets eight ninths, and somebody new always gets one") {
    PartPool pool(part_bytes, 90);
    pool.touch(90);
    PartAccount greedy;
    const auto most = take_all(pool, greedy);
    CHECK(most.size() == 80);
    std::vector<PartAccount> others(10);
    std::vector<PartRef> theirs;
    for (PartAccount& other : others) {
        auto part = pool.try_take(other);
        REQUIRE(part);
        theirs.push_back(std::move(*part));
    }
    CHECK_FALSE(pool.try_take(greedy));
    CHECK(pool.is_scarce());
}

TEST_CASE("there is room for as much as can be taken") {
    for (const std::size_t part_count : {1U, 2U, 9U, 10U, 90U}) {
        CAPTURE(part_count);
        PartPool pool(part_bytes, part_count);
        pool.touch(part_count);
        PartAccount account;
        const std::size_t most = take_all(pool, account).size();
        CHECK(pool.has_room(account, most * part_bytes));
        CHECK_FALSE(pool.has_room(account, most * part_bytes + 1));
        const auto first = pool.try_take(account);
        CHECK(pool.has_room(account, (most - 1) * part_bytes));
        CHECK_FALSE(pool.has_room(account, most * part_bytes));
    }
}

TEST_CASE("two that want everything share evenly") {
    PartPool pool(part_bytes, 170);
    pool.touch(170);
    PartAccount one;
    PartAccount other;
    std::vector<PartRef> parts_of_one;
    std::vector<PartRef> parts_of_other;
    for (int i = 0; i < 200; ++i) {
        if (auto part = pool.try_take(one)) parts_of_one.push_back(std::move(*part));
        if (auto part = pool.try_take(other)) parts_of_other.push_back(std::move(*part));
    }
    CHECK(parts_of_one.size() == parts_of_other.size());
    CHECK(parts_of_one.size() == 80);
}

TEST_CASE("a pool that rests has no memory, and gets it again") {
    PartPool pool(part_bytes, 4);
    PartAccount account;
    for (int round = 0; round < 3; ++round) {
        pool.touch(4);
        {
            const auto parts = take_all(pool, account);
            CHECK(parts.size() == 4);
            parts.front().memory()[0] = std::byte{1};
        }
        pool.rest(0);
        CHECK_FALSE(pool.try_take(account));
    }
}

TEST_CASE("parts are given back by whatever thread") {
    PartPool pool(part_bytes, 16);
    pool.touch(16);
    PartAccount account;
    constexpr int rounds = 2000;
    for (int i = 0; i < rounds; ++i) {
        auto part = pool.try_take(account);
        if (!part) continue;
        part->memory()[0] = static_cast<std::byte>(i);
        const std::jthread other(
            [mine = *part, i] { CHECK(mine.memory()[0] == static_cast<std::byte>(i)); });
    }
    CHECK(take_all(pool, account).size() == 15);  // 8 times the last one is not more than 15
}

TEST_CASE("what was made first and what was lately given back is taken first") {
    PartPool pool(part_bytes, 600);  // 2 MiB, and some
    pool.touch(600);
    PartAccount account;
    auto first = pool.try_take(account);
    auto second = pool.try_take(account);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(second->memory().data() == first->memory().data() + part_bytes);
    const std::byte* const place = first->memory().data();
    first.reset();
    CHECK(pool.try_take(account)->memory().data() == place);
}

TEST_CASE("half of the parts are out") {
    PartPool pool(part_bytes, 8);
    pool.touch(8);
    PartAccount account;
    std::vector<PartRef> taken;
    while (taken.size() < 4)
        taken.push_back(std::move(*pool.try_take(account)));
    CHECK_FALSE(pool.is_half_out());
    CHECK(pool.is_half_out(1));
    taken.push_back(std::move(*pool.try_take(account)));
    CHECK(pool.is_half_out());
    CHECK(pool.bytes() == 8 * part_bytes);
}
