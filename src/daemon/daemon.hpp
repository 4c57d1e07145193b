#pragma once

#include <optional>

#include "api/audit.hpp"
#include "api/door.hpp"
#include "api/http_metrics.hpp"
#include "api/http_server.hpp"
#include "capture/engines.hpp"
#include "daemon/config.hpp"
#include "daemon/data_dir.hpp"
#include "daemon/notify.hpp"
#include "daemon/signals.hpp"
#include "job/events.hpp"
#include "job/memory_plan.hpp"
#include "job/store.hpp"
#include "job/supervisor.hpp"
#include "job/token_store.hpp"
#include "sink/part_pool.hpp"
#include "sink/retention.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"
#include "sink/spool_writers.hpp"

namespace xpc::daemon {

/// The server. Its members, in their order, are the architecture: each needs only those above it,
/// and they end in the reverse order.
/// Errors: the constructor and run() throw Failure.
class Daemon {
public:
    Daemon(const Config& config, const std::optional<sink::S3Options>& s3,
           const Environment& environment);

    /// Serves until SIGTERM or SIGINT, and reads certificates again on SIGHUP; then ends captures
    /// and deliveries within five seconds.
    void run();

private:
    Daemon(const Config& config, const std::optional<sink::S3Options>& s3,
           const Environment& environment, const job::MemoryPlan& memory);

    void reload_certificate();

    Signals signals_;  // first: every thread inherits the blocked signals
    Notify notify_;
    DataDir data_dir_;  // holds the lock: nothing below it runs twice on one data_dir
    base::AuditLog audit_log_;
    api::Audit audit_;
    job::Events events_;
    job::Store store_;
    job::TokenStore tokens_;
    api::Door door_;  // early: it refuses to be open by mistake
    capture::Engines engines_;
    sink::SpoolSpace spool_space_;
    sink::Sinks sinks_;
    sink::PartPool parts_;
    sink::SpoolWriters spool_writers_;
    sink::RetentionKeeper retention_;
    job::Supervisor supervisor_;
    api::HttpMetrics http_metrics_;
    api::HttpServer server_;  // last: what it answers with is complete
};

}  // namespace xpc::daemon
