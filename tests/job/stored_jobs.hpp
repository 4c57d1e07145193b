#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "base/outcome.hpp"
#include "base/wait_for_call.hpp"
#include "job/idempotency.hpp"
#include "job/job.hpp"
#include "job/store.hpp"

// Jobs that are put into a store, for tests, which wait until they are there.
namespace xpc::tests {

/// What Store::insert() and Supervisor::submit() call with.
using Inserted = base::Outcome<base::Result<job::Submitted>>;

/// As Store::insert() does.
[[nodiscard]] inline base::Result<job::Submitted> insert_once(
    job::Store& store, job::Job one, std::size_t most_queued,
    std::optional<job::IdempotencyKey> key) {
    return base::wait_for_call<Inserted>([&](auto inserted) {
               store.insert(std::move(one), most_queued, std::move(key), std::move(inserted));
           })
        .take();
}

/// The same without a key.
[[nodiscard]] inline base::Result<job::Job> insert(job::Store& store, job::Job one,
                                                   std::size_t most_queued) {
    auto submitted = insert_once(store, std::move(one), most_queued, std::nullopt);
    if (!submitted) return std::unexpected(std::move(submitted.error()));
    return std::move(submitted->job);
}

inline constexpr std::size_t plenty = 1'000'000;

/// A job that a user asks for.
inline job::Job wanted(const std::string& interface = "eth0") {
    job::Job one;
    one.request = {.device = "local",
                   .interfaces = {interface},
                   .proto = "udp",
                   .src = "any",
                   .dst = "10.0.0.1",
                   .bidirectional = true,
                   .duration = std::chrono::seconds(10),
                   .bucket = "file:captures"};
    one.destination = {.store = sink::StoreKind::embedded, .bucket = "captures", .key = {}};
    one.url = "http://127.0.0.1:5000/objects/captures/";
    return one;
}

/// The same, and it is there.
inline job::Job inserted(job::Store& store) {
    auto one = insert(store, wanted(), plenty);
    REQUIRE(one);
    return std::move(*one);
}

}  // namespace xpc::tests
