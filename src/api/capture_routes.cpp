#include "api/capture_routes.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "api/capture_stream.hpp"
#include "api/file_response.hpp"
#include "base/clock.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "sink/bucket_name.hpp"
#include "sink/object_key.hpp"
#include "sink/object_options.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;
using job::Delivery;
using job::Job;
using job::State;

/// "1.pcap" of "2026/1.pcap".
std::string last_name(const std::string& key) {
    return key.substr(key.rfind('/') + 1);
}

/// What the file on our disk is called, which is never compressed.
std::string kept_name(const Job& job) {
    constexpr std::string_view compressed = sink::compressed_extension;
    std::string name = last_name(job.destination.key);
    if (name.ends_with(compressed)) name.resize(name.size() - compressed.size());
    return name;
}

bool is_compressed(const Job& job) {
    return job.request.object.compression != sink::Compression::none;
}

/// From its store.
[[nodiscard]] Result<Response> delivered_file(const sink::Sinks& sinks, const Job& job,
                                              const Request& request) {
    const sink::Destination& destination = job.destination;
    if (destination.store == sink::StoreKind::embedded) {
        auto response =
            file_response(request, sinks.object_path(destination), last_name(destination.key));
        if (!response && response.error().errc == Errc::not_found) {
            response.error().message =
                text("job ", job.number, ": its file is not kept any longer (delivery.keep_for, ",
                     "delivery.keep_size), or somebody has removed it");
        }
        return response;
    }
    Response response;
    response.status = 307;
    response.headers.emplace_back("Location", sinks.presigned_url(destination));
    return response;
}

/// What the capture has written. One that has just begun is given a moment for the head of its
/// file, so that whoever sees the job running can fetch it.
std::uint64_t growing_bytes(job::Supervisor& supervisor, const Job& job) {
    constexpr std::chrono::seconds longest{2};
    constexpr std::chrono::milliseconds between_looks{10};
    const base::Stop nobody;
    const auto deadline = base::in(longest);
    for (;;) {
        const auto growing = supervisor.growing(job.id);
        if (!growing || growing->file == 0) return 0;
        if (growing->bytes > 0 || base::Deadline::clock::now() >= deadline) return growing->bytes;
        [[maybe_unused]] const auto woken = base::wait({}, nobody, base::in(between_looks));
    }
}

/// From the spool, as far as it is there.
[[nodiscard]] Result<Response> spooled_file(job::Supervisor& supervisor, const Job& job,
                                            const Request& request) {
    if (job.position.state == State::stopped)
        return file_response(request, supervisor.spool_file(job), kept_name(job));
    const auto bytes = growing_bytes(supervisor, job);
    if (bytes == 0) {
        return refuse(Errc::conflict,
                      text("job ", job.number, ": nothing of its file is on the disk yet"));
    }
    return growing_file_response(request, supervisor.spool_file(job), kept_name(job), bytes,
                                 text(job.id, '-', bytes));
}

[[nodiscard]] Result<Job> find_with_one_file(job::Supervisor& supervisor, const Request& request) {
    auto job = supervisor.find(request.captured.front());
    if (!job || !job::is_segmented(job->request)) return job;
    return refuse(Errc::conflict, text("job ", job->number,
                                       ": has several files: its objects "
                                       "say where each of them is"));
}

[[nodiscard]] Result<Response> file(job::Supervisor& supervisor, const sink::Sinks& sinks,
                                    const Request& request) {
    auto job = find_with_one_file(supervisor, request);
    if (!job) return std::unexpected(job.error());
    if (job->position.delivery != Delivery::delivered) {
        auto spooled = spooled_file(supervisor, *job, request);
        if (spooled || spooled.error().errc != Errc::not_found) return spooled;
        job = find_with_one_file(supervisor, request);  // it may have been delivered meanwhile
        if (!job) return std::unexpected(job.error());
        if (job->position.delivery != Delivery::delivered) return spooled;
    }
    return delivered_file(sinks, *job, request);
}

[[nodiscard]] Result<Response> stream(job::Supervisor& supervisor, job::Events& events,
                                      const sink::Sinks& sinks, const Request& request) {
    const auto job = supervisor.find(request.captured.front());
    if (!job) return std::unexpected(job.error());
    if (job->position.state == State::stopped && job::is_segmented(job->request)) {
        return refuse(Errc::conflict,
                      text("job ", job->number, ": has ended, and has several files: its objects ",
                           "say where each of them is"));
    }
    if (job::is_final(job->position)) {
        if (job->position.delivery == Delivery::failed)
            return spooled_file(supervisor, *job, request);
        if (!is_compressed(*job)) return delivered_file(sinks, *job, request);
        return refuse(Errc::conflict, text("job ", job->number,
                                           ": has ended, and its file is compressed: it is at ",
                                           "/api/v1/jobs/", job->id, "/file"));
    }
    Response response;
    response.headers = {
        {"Content-Type", std::string(sink::content_type(sink::Compression::none))},
        {"Content-Disposition", text("attachment; filename=\"", kept_name(*job), '"')},
        {"Cache-Control", "no-store"},
        {"X-Accel-Buffering", "no"},  // nginx, of what it passes on
        {"X-Content-Type-Options", "nosniff"}};
    response.stream = capture_stream(supervisor, events, sinks, *job);
    return response;
}

[[nodiscard]] Result<Response> object(const sink::Sinks& sinks, const Request& request) {
    const std::string& bucket = request.captured[0];
    const std::string& key = request.captured[1];
    if (!sink::check_bucket_name(bucket) || !sink::is_object_key(key)) {
        return refuse(Errc::not_found, text("object ", base::quoted(key), ": no such object"));
    }
    return file_response(
        request,
        sinks.object_path({.store = sink::StoreKind::embedded, .bucket = bucket, .key = key}),
        last_name(key));
}

}  // namespace

std::vector<Route> capture_routes(job::Supervisor& supervisor, job::Events& events,
                                  const sink::Sinks& sinks) {
    return {
        {"GET", "/api/v1/jobs/{id}/file",
         [&supervisor, &sinks](const Request& request) {
             return file(supervisor, sinks, request);
         }},
        {"GET", "/api/v1/jobs/{id}/stream",
         [&supervisor, &events, &sinks](const Request& request) {
             return stream(supervisor, events, sinks, request);
         }},
        {"GET", "/objects/{bucket}/{key...}",
         [&sinks](const Request& request) { return object(sinks, request); }},
    };
}

}  // namespace xpc::api
