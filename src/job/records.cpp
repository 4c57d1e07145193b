#include "job/records.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace xpc::job {
namespace {

using base::Json;
using base::text;
using base::WallTime;

std::int64_t nanoseconds(WallTime when) {
    return when.time_since_epoch().count();
}

std::optional<std::int64_t> nanoseconds(const std::optional<WallTime>& when) {
    return when ? std::optional(nanoseconds(*when)) : std::nullopt;
}

WallTime wall_time(std::int64_t nanoseconds_since_epoch) {
    return WallTime(std::chrono::nanoseconds(nanoseconds_since_epoch));
}

std::int64_t signed_count(std::uint64_t count) {
    return static_cast<std::int64_t>(count);
}

std::string errors_text(const std::vector<base::Error>& errors) {
    Json::Array list;
    for (const base::Error& error : errors) {
        list.push_back(
            Json::object({{"code", base::traits(error.errc).code}, {"message", error.message}}));
    }
    return Json(std::move(list)).dump();
}

std::vector<base::Error> errors_from(const std::string& stored) {
    std::vector<base::Error> errors;
    const auto parsed = base::parse_json(stored);
    if (!parsed || parsed->array() == nullptr) return errors;
    for (const Json& one : *parsed->array()) {
        const auto errc = base::errc_from_code(one.text_at("code"));
        errors.push_back({.errc = errc.value_or(base::Errc::internal),
                          .message = one.text_at("message"),
                          .field = {}});
    }
    return errors;
}

std::string_view store_word(sink::StoreKind store) {
    return store == sink::StoreKind::s3 ? "s3" : "embedded";
}

template <typename T>
T known(const std::optional<T>& value, const std::string& stored) {
    if (!value) {
        throw base::Failure(base::Errc::corrupt,
                            text("job store: unknown word ", base::quoted(stored)));
    }
    return *value;
}

/// Reads the columns of one row from left to right.
class Row {
public:
    explicit Row(const Statement& statement) : statement_(statement) {}

    std::string text() { return statement_.text(next_++); }

    std::int64_t integer() { return statement_.integer(next_++); }

    std::uint64_t count() { return static_cast<std::uint64_t>(integer()); }

    std::optional<std::int64_t> integer_or_null() {
        const bool null = statement_.is_null(next_);
        const std::int64_t value = integer();
        return null ? std::nullopt : std::optional(value);
    }

    std::optional<WallTime> time_or_null() {
        const auto value = integer_or_null();
        return value ? std::optional(wall_time(*value)) : std::nullopt;
    }

private:
    const Statement& statement_;
    int next_ = 0;
};

}  // namespace

const std::string_view job_columns =
    "id, number, device, interface, proto, src, dst, bidirectional, duration_ms, bucket, store, "
    "object_bucket, object_key, url, state, delivery, stop_reason, received, captured, filtered, "
    "dropped_ring, dropped_queue, dropped_disk, bytes, receipt_bytes, receipt_etag, errors, "
    "created_at, started_at, stopped_at, delivered_at";

Job read_job(const Statement& row) {
    Row next(row);
    Job job;
    job.id = next.text();
    job.number = next.integer();
    job.request.device = next.text();
    job.request.interface = next.text();
    job.request.proto = next.text();
    job.request.src = next.text();
    job.request.dst = next.text();
    job.request.bidirectional = next.integer() != 0;
    job.request.duration = std::chrono::milliseconds(next.integer());
    job.request.bucket = next.text();
    job.destination.store = next.text() == "s3" ? sink::StoreKind::s3 : sink::StoreKind::embedded;
    job.destination.bucket = next.text();
    job.destination.key = next.text();
    job.url = next.text();
    const std::string state = next.text();
    job.position.state = known(state_from(state), state);
    const std::string delivery = next.text();
    job.position.delivery = known(delivery_from(delivery), delivery);
    const std::string reason = next.text();
    if (!reason.empty()) job.stop_reason = known(stop_reason_from(reason), reason);
    Counters& counters = job.counters;
    for (std::uint64_t* counter :
         {&counters.received, &counters.captured, &counters.filtered, &counters.dropped_ring,
          &counters.dropped_queue, &counters.dropped_disk, &counters.bytes}) {
        *counter = next.count();
    }
    const auto receipt_bytes = next.integer_or_null();
    const std::string receipt_etag = next.text();
    if (receipt_bytes) {
        job.object = sink::Receipt{.bucket = job.destination.bucket,
                                   .key = job.destination.key,
                                   .bytes = static_cast<std::uint64_t>(*receipt_bytes),
                                   .etag = receipt_etag};
    }
    job.errors = errors_from(next.text());
    job.created_at = wall_time(next.integer());
    job.started_at = next.time_or_null();
    job.stopped_at = next.time_or_null();
    job.delivered_at = next.time_or_null();
    return job;
}

void insert_job(Database& database, const Job& job) {
    database
        .prepare(
            "INSERT INTO jobs (id, number, device, interface, proto, src, dst, bidirectional, "
            "duration_ms, bucket, store, object_bucket, object_key, url, state, delivery, "
            "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(job.id)
        .bind(job.number)
        .bind(job.request.device)
        .bind(job.request.interface)
        .bind(job.request.proto)
        .bind(job.request.src)
        .bind(job.request.dst)
        .bind(std::int64_t{job.request.bidirectional})
        .bind(job.request.duration.count())
        .bind(job.request.bucket)
        .bind(store_word(job.destination.store))
        .bind(job.destination.bucket)
        .bind(job.destination.key)
        .bind(job.url)
        .bind(word(job.position.state))
        .bind(word(job.position.delivery))
        .bind(nanoseconds(job.created_at))
        .run();
}

bool update_job(Database& database, const Job& job, Position from) {
    const auto& counters = job.counters;
    const auto reason = job.stop_reason ? std::optional(word(*job.stop_reason)) : std::nullopt;
    const auto receipt_bytes =
        job.object ? std::optional(signed_count(job.object->bytes)) : std::nullopt;
    const auto receipt_etag =
        job.object ? std::optional(std::string_view(job.object->etag)) : std::nullopt;
    database
        .prepare(
            "UPDATE jobs SET state = ?, delivery = ?, stop_reason = ?, received = ?, "
            "captured = ?, filtered = ?, dropped_ring = ?, dropped_queue = ?, "
            "dropped_disk = ?, bytes = ?, receipt_bytes = ?, receipt_etag = ?, errors = ?, "
            "started_at = ?, stopped_at = ?, delivered_at = ? "
            "WHERE id = ? AND state = ? AND delivery = ?")
        .bind(word(job.position.state))
        .bind(word(job.position.delivery))
        .bind(reason)
        .bind(signed_count(counters.received))
        .bind(signed_count(counters.captured))
        .bind(signed_count(counters.filtered))
        .bind(signed_count(counters.dropped_ring))
        .bind(signed_count(counters.dropped_queue))
        .bind(signed_count(counters.dropped_disk))
        .bind(signed_count(counters.bytes))
        .bind(receipt_bytes)
        .bind(receipt_etag)
        .bind(errors_text(job.errors))
        .bind(nanoseconds(job.started_at))
        .bind(nanoseconds(job.stopped_at))
        .bind(nanoseconds(job.delivered_at))
        .bind(job.id)
        .bind(word(from.state))
        .bind(word(from.delivery))
        .run();
    return database.changes() == 1;
}

}  // namespace xpc::job
