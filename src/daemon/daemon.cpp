#include "daemon/daemon.hpp"

#include <csignal>
#include <iterator>

#include "api/capture_routes.hpp"
#include "api/event_stream.hpp"
#include "api/job_routes.hpp"
#include "api/legacy_routes.hpp"
#include "api/metrics_route.hpp"
#include "api/openapi.hpp"
#include "api/problem.hpp"
#include "api/problem_route.hpp"
#include "api/token_routes.hpp"
#include "base/descriptor_limit.hpp"
#include "base/log.hpp"
#include "base/spare_memory.hpp"
#include "base/text.hpp"
#include "daemon/device_roles.hpp"
#include "daemon/door_rules.hpp"

namespace xpc::daemon {
namespace {

// A service manager that is told to stop waits this long for what is being delivered; with what
// comes after it the end is well within five seconds.
constexpr std::chrono::milliseconds delivery_grace{2000};

std::vector<api::Route> all_routes(job::Supervisor& supervisor, job::Events& events,
                                   job::TokenStore& tokens, const sink::Sinks& sinks,
                                   const sink::SpoolSpace& spool_space,
                                   const api::HttpMetrics& http, const api::OwnUrl& own_url,
                                   const std::string& legacy_device) {
    auto routes = api::legacy_routes(supervisor, own_url, legacy_device);
    std::ranges::move(api::job_routes(supervisor, own_url), std::back_inserter(routes));
    std::ranges::move(api::capture_routes(supervisor, events, sinks), std::back_inserter(routes));
    std::ranges::move(api::event_routes(supervisor, events), std::back_inserter(routes));
    std::ranges::move(api::openapi_routes(), std::back_inserter(routes));
    std::ranges::move(api::token_routes(tokens), std::back_inserter(routes));
    routes.push_back(api::metrics_route(supervisor, sinks, spool_space, http));
    routes.push_back(api::problem_route());
    return routes;
}

api::HttpServerOptions server_options(const Config& config, api::HttpMetrics& http) {
    api::HttpServerOptions options;
    options.host = config.server.host;
    options.port = config.server.port;
    options.most_connections = config.server.max_connections;
    options.request_timeout =
        std::chrono::ceil<std::chrono::seconds>(config.server.request_timeout);
    if (!config.tls.certificate.empty()) options.tls = config.tls;
    options.refusal = [&http](int status, const base::Error& error) {
        http.elsewhere().add(status, {});
        return api::problem(status, error);
    };
    return options;
}

/// A connection has one, and a stream also the file that it is about; some more are for the rest.
void make_room_for_descriptors(std::uint64_t connections) {
    const api::HttpServerOptions usual;
    constexpr std::uint64_t rest = 4096;
    const std::uint64_t wanted = connections + 2 * usual.most_streams + rest;
    const std::uint64_t may_have = base::raise_descriptor_limit(wanted);
    if (may_have >= wanted) return;
    base::log::warning("server.few_descriptors", {{"limit", may_have}, {"wanted", wanted}});
}

}  // namespace

Daemon::Daemon(const Config& config, const std::optional<sink::S3Options>& s3,
               const Environment& environment)
    : Daemon(config, s3, environment, job::plan_memory(config.capture.memory_bytes)) {}

Daemon::Daemon(const Config& config, const std::optional<sink::S3Options>& s3,
               const Environment& environment, const job::MemoryPlan& memory)
    : notify_(environment),
      data_dir_(config.server.data_dir, DataDir::Role::server),
      audit_log_({.file = config.audit.file, .rotate_bytes = config.audit.rotate_bytes}),
      audit_(audit_log_),
      store_(data_dir_.store_file(), &events_),
      tokens_(data_dir_.store_file()),
      door_(tokens_, door_options(config, !tokens_.is_empty())),
      engines_(memory.ring_bytes, config.capture.readers, devices_with_scratch(config, data_dir_)),
      spool_space_(data_dir_.spool(), config.delivery.spool_bytes),
      sinks_({.objects_dir = data_dir_.objects(), .s3 = s3, .spool_space = &spool_space_}),
      parts_(memory.part_bytes, memory.part_count),
      spool_writers_(&spool_space_),
      retention_(data_dir_.objects(), config.delivery.kept),
      supervisor_(
          store_, engines_, sinks_, parts_, spool_space_, spool_writers_,
          {.spool_dir = data_dir_.spool(),
           .transcript_dir = data_dir_.transcripts(),
           .devices = devices_of_server(config, engines_, data_dir_),
           .limits = {.max_duration = config.jobs.max_duration, .snaplen = config.capture.snaplen},
           .classic_format = config.capture.classic_format,
           .between_statistics = config.capture.statistics,
           .give_up_after = config.delivery.give_up_after,
           .longest_wait = config.jobs.max_wait,
           .most_running = config.jobs.max_running,
           .most_queued = config.jobs.max_queued}),
      server_(server_options(config, http_metrics_)) {
    make_room_for_descriptors(config.server.max_connections);
    audit_.note_start(XPC_VERSION);
    supervisor_.recover();
    const api::Router router(
        all_routes(supervisor_, events_, tokens_, sinks_, spool_space_, http_metrics_,
                   api::own_url(config.server.public_url, server_.address(),
                                !config.tls.certificate.empty()),
                   config.legacy.device),
        &http_metrics_, &door_, &audit_);
    server_.serve([router](api::Request request, api::Reply reply) {
        router.answer(std::move(request), std::move(reply));
    });
    base::log::info(
        "server.listening",
        {{"address", server_.address()},
         {"data_dir", config.server.data_dir.native()},
         {"store", s3 ? "s3" : "embedded"},
         {"tokens", needs_token(config, !tokens_.is_empty()) ? "required" : "not required"},
         {"version", XPC_VERSION}});
}

void Daemon::reload_certificate() {
    try {
        server_.reload_certificate();
        const std::string certificate = server_.certificate();
        if (!certificate.empty()) base::log::info("tls.reloaded", {{"certificate", certificate}});
    } catch (const base::Failure& failure) {  // the old one is better than none
        base::log::error("tls.not_reloaded", {{"cause", failure.error().message}});
    }
}

void Daemon::run() {
    base::return_spare_memory();
    notify_.ready("listening on " + server_.address());
    const base::Stop nobody;
    for (;;) {
        supervisor_.hear_wakeup();
        std::optional<std::chrono::microseconds> pause = supervisor_.dispatch();
        if (const auto alive = notify_.watchdog_pause()) {
            pause = std::min(pause.value_or(*alive), *alive);
        }
        const auto woken = base::wait({signals_.fd(), supervisor_.wakeup().fd()}, nobody,
                                      pause ? base::in(*pause) : base::never);
        notify_.alive();
        if (woken != base::Woken::ready) continue;
        const auto signal = signals_.take();
        if (signal == SIGHUP) {
            reload_certificate();
        } else if (signal) {
            base::log::info("server.stopping", {{"signal", *signal}});
            break;
        }
    }
    notify_.stopping();
    // the API still answers: who follows a job sees how it ended
    supervisor_.shut_down(base::in(delivery_grace));
    base::log::info("server.stopped");
}

}  // namespace xpc::daemon
