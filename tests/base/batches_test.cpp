#include "base/batches.hpp"

#include <deque>
#include <thread>

#include <doctest/doctest.h>

using namespace xpc::base;

namespace {

void push(Batches<int>& batches, int value) {
    CHECK(batches.try_push(value));
}

}  // namespace

TEST_CASE("a batch is all that there is, and what was there at the end still comes") {
    Batches<int> batches(3);
    for (const int value : {1, 2, 3})
        push(batches, value);
    int fourth = 4;
    CHECK_FALSE(batches.try_push(fourth));
    CHECK(batches.next() == std::deque{1, 2, 3});
    batches.note_written();
    push(batches, 4);
    batches.close();
    CHECK(batches.next() == std::deque{4});
    batches.note_written();
    CHECK(batches.next().empty());
    CHECK_FALSE(batches.try_push(fourth));
}

TEST_CASE("who comes alone is not kept waiting for those who came together the last time") {
    Batches<int> batches(3);
    push(batches, 1);
    push(batches, 2);
    CHECK(batches.next() == std::deque{1, 2});
    batches.note_written();
    push(batches, 3);
    CHECK(batches.next() == std::deque{3});
}

TEST_CASE("who waits for a batch is woken by the first of it, and by the end") {
    Batches<int> batches(3);
    {
        const std::jthread other([&batches] { push(batches, 1); });
        CHECK(batches.next() == std::deque{1});
        batches.note_written();
    }
    const std::jthread other([&batches] { batches.close(); });
    CHECK(batches.next().empty());
}
