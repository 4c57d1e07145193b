#include "job/records.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/text.hpp"
#include "job/s3_options_json.hpp"

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

std::optional<std::int64_t> receipt_bytes(const std::optional<sink::Receipt>& receipt) {
    return receipt ? std::optional(signed_count(receipt->bytes)) : std::nullopt;
}

std::optional<std::string_view> receipt_etag(const std::optional<sink::Receipt>& receipt) {
    return receipt ? std::optional(std::string_view(receipt->etag)) : std::nullopt;
}

std::optional<std::string_view> receipt_sha256(const std::optional<sink::Receipt>& receipt) {
    if (!receipt || receipt->sha256.empty()) return std::nullopt;
    return std::string_view(receipt->sha256);
}

std::string interfaces_text(const std::vector<std::string>& interfaces) {
    return Json(Json::Array(interfaces.begin(), interfaces.end())).dump();
}

template <typename T>
T known(const std::optional<T>& value, const std::string& stored) {
    if (!value) {
        throw base::Failure(base::Errc::corrupt,
                            text("job store: unknown word ", base::quoted(stored)));
    }
    return *value;
}

std::vector<std::string> interfaces_from(const std::string& stored) {
    std::vector<std::string> interfaces;
    const auto parsed = base::parse_json(stored);
    if (parsed && parsed->array() != nullptr) {
        for (const Json& one : *parsed->array()) {
            if (const std::string* name = one.string()) interfaces.push_back(*name);
        }
    }
    return known(interfaces.empty() ? std::nullopt : std::optional(std::move(interfaces)), stored);
}

struct FormatWord {
    std::string_view word;
    pcap::FileFormat format;
};

constexpr auto formats =
    std::to_array<FormatWord>({{"pcapng", pcap::FileFormat::pcapng},
                               {"pcap_ns", pcap::FileFormat::pcap_nanoseconds},
                               {"pcap_us", pcap::FileFormat::pcap_microseconds}});

std::string_view format_word(pcap::FileFormat format) {
    return std::ranges::find(formats, format, &FormatWord::format)->word;
}

pcap::FileFormat format_from(const std::string& stored) {
    const auto* const row = std::ranges::find(formats, stored, &FormatWord::word);
    return known(row == formats.end() ? std::nullopt : std::optional(row->format), stored);
}

sink::Compression compression_from(const std::string& stored) {
    return known(sink::compression_from(stored), stored);
}

std::string_view store_word(sink::StoreKind store) {
    return store == sink::StoreKind::s3 ? "s3" : "embedded";
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

    std::chrono::milliseconds milliseconds() { return std::chrono::milliseconds(integer()); }

    std::optional<WallTime> time_or_null() {
        const auto value = integer_or_null();
        return value ? std::optional(wall_time(*value)) : std::nullopt;
    }

private:
    const Statement& statement_;
    int next_ = 0;
};

/// Without its bucket, which is the job's.
std::optional<sink::Receipt> read_receipt(Row& next, const std::string& key) {
    const auto bytes = next.integer_or_null();
    std::string etag = next.text();
    std::string sha256 = next.text();
    if (!bytes) return std::nullopt;
    return sink::Receipt{.bucket = {},
                         .key = key,
                         .bytes = static_cast<std::uint64_t>(*bytes),
                         .etag = std::move(etag),
                         .sha256 = std::move(sha256)};
}

Delivery read_delivery(Row& next) {
    const std::string stored = next.text();
    return known(delivery_from(stored), stored);
}

/// Nothing where the job has none: then the columns are null.
std::optional<Segment> read_segment(Row& next) {
    Segment segment;
    segment.number = static_cast<std::uint32_t>(next.integer());
    segment.key = next.text();
    segment.frames = next.count();
    segment.bytes = next.count();
    const std::string delivery = next.text();
    segment.receipt = read_receipt(next, segment.key);
    if (segment.number == 0) return std::nullopt;
    segment.delivery = known(delivery_from(delivery), delivery);
    return segment;
}

JobRequest read_request(Row& next) {
    JobRequest request;
    request.device = next.text();
    request.interfaces = interfaces_from(next.text());
    request.proto = next.text();
    request.src = next.text();
    request.dst = next.text();
    request.bidirectional = next.integer() != 0;
    request.filter = next.text();
    request.direction = next.text();
    request.snaplen = static_cast<std::uint32_t>(next.integer());
    request.duration = next.milliseconds();
    request.packets = next.count();
    request.bytes = next.count();
    request.segment_bytes = next.count();
    request.segment_duration = next.milliseconds();
    request.segments_kept = static_cast<std::uint32_t>(next.integer());
    request.format = format_from(next.text());
    request.bucket = next.text();
    request.by = next.text();
    request.comment = next.text();
    request.key = next.text();
    request.object.compression = compression_from(next.text());
    read_s3_options(next.text(), request);
    request.src_port = static_cast<std::uint16_t>(next.integer());
    request.dst_port = static_cast<std::uint16_t>(next.integer());
    request.buffer_mib = static_cast<std::uint32_t>(next.integer());
    request.circular = next.integer() != 0;
    request.packets_per_second = static_cast<std::uint32_t>(next.integer());
    return request;
}

Job read_job(Row& next, std::string id) {
    Job job;
    job.id = std::move(id);
    job.number = next.integer();
    job.request = read_request(next);
    job.stop_requested = next.integer() != 0;
    job.destination.store = next.text() == "s3" ? sink::StoreKind::s3 : sink::StoreKind::embedded;
    job.destination.bucket = next.text();
    job.destination.key = next.text();
    job.destination.bucket_owner = job.request.bucket_owner;
    job.url = next.text();
    const std::string state = next.text();
    job.position.state = known(state_from(state), state);
    job.position.delivery = read_delivery(next);
    const std::string reason = next.text();
    if (!reason.empty()) job.stop_reason = known(stop_reason_from(reason), reason);
    Counters& counters = job.counters;
    for (std::uint64_t* counter :
         {&counters.received, &counters.captured, &counters.filtered, &counters.dropped_ring,
          &counters.dropped_queue, &counters.dropped_disk, &counters.bytes}) {
        *counter = next.count();
    }
    job.object = read_receipt(next, job.destination.key);
    if (job.object) job.object->bucket = job.destination.bucket;
    job.errors = errors_from(next.text());
    job.created_at = wall_time(next.integer());
    job.started_at = next.time_or_null();
    job.stopped_at = next.time_or_null();
    job.delivered_at = next.time_or_null();
    return job;
}

}  // namespace

const std::string_view job_and_segment_columns =
    "j.id, s.number, s.key, s.frames, s.bytes, s.delivery, s.receipt_bytes, s.receipt_etag, "
    "s.receipt_sha256, j.number, j.device, j.interfaces, j.proto, j.src, j.dst, j.bidirectional, "
    "j.filter, "
    "j.direction, j.snaplen, j.duration_ms, j.packet_limit, j.byte_limit, j.segment_bytes, "
    "j.segment_ms, j.segments_kept, j.format, j.bucket, j.asked_by, j.comment, "
    "j.key_template, j.compression, j.s3_options, j.src_port, j.dst_port, j.buffer_mib, "
    "j.circular, j.packet_rate, j.stop_requested, j.store, "
    "j.object_bucket, j.object_key, j.url, j.state, j.delivery, j.stop_reason, j.received, "
    "j.captured, j.filtered, j.dropped_ring, j.dropped_queue, j.dropped_disk, j.bytes, "
    "j.receipt_bytes, j.receipt_etag, j.receipt_sha256, j.errors, j.created_at, j.started_at, "
    "j.stopped_at, j.delivered_at";

void read_row(const Statement& row, std::vector<Job>& jobs) {
    Row next(row);
    std::string id = next.text();
    auto segment = read_segment(next);
    if (jobs.empty() || jobs.back().id != id) jobs.push_back(read_job(next, std::move(id)));
    if (!segment) return;
    Job& job = jobs.back();
    if (segment->receipt) segment->receipt->bucket = job.destination.bucket;
    job.objects.push_back(std::move(*segment));
}

void insert_job(Database& database, const Job& job) {
    const JobRequest& request = job.request;
    database
        .prepare(
            "INSERT INTO jobs (id, number, device, interfaces, proto, src, dst, bidirectional, "
            "filter, direction, snaplen, duration_ms, packet_limit, byte_limit, segment_bytes, "
            "segment_ms, segments_kept, format, bucket, asked_by, comment, key_template, "
            "compression, s3_options, src_port, dst_port, buffer_mib, circular, packet_rate, "
            "store, object_bucket, object_key, url, state, delivery, created_at) VALUES (?, ?, ?, "
            "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "?, ?, ?, ?, ?)")
        .bind_borrowed(job.id)
        .bind(job.number)
        .bind_borrowed(request.device)
        .bind_borrowed(interfaces_text(request.interfaces))
        .bind_borrowed(request.proto)
        .bind_borrowed(request.src)
        .bind_borrowed(request.dst)
        .bind(std::int64_t{request.bidirectional})
        .bind_borrowed(request.filter)
        .bind_borrowed(request.direction)
        .bind(std::int64_t{request.snaplen})
        .bind(request.duration.count())
        .bind(signed_count(request.packets))
        .bind(signed_count(request.bytes))
        .bind(signed_count(request.segment_bytes))
        .bind(request.segment_duration.count())
        .bind(std::int64_t{request.segments_kept})
        .bind_borrowed(format_word(request.format))
        .bind_borrowed(request.bucket)
        .bind_borrowed(request.by)
        .bind_borrowed(request.comment)
        .bind_borrowed(request.key)
        .bind_borrowed(word(request.object.compression))
        .bind_borrowed(s3_options_json(request).dump())
        .bind(std::int64_t{request.src_port})
        .bind(std::int64_t{request.dst_port})
        .bind(std::int64_t{request.buffer_mib})
        .bind(std::int64_t{request.circular})
        .bind(std::int64_t{request.packets_per_second})
        .bind_borrowed(store_word(job.destination.store))
        .bind_borrowed(job.destination.bucket)
        .bind_borrowed(job.destination.key)
        .bind_borrowed(job.url)
        .bind_borrowed(word(job.position.state))
        .bind_borrowed(word(job.position.delivery))
        .bind(nanoseconds(job.created_at))
        .run();
    for (const std::string& interface : request.interfaces) {
        // of a table WITHOUT ROWID no rowid is the last one: it stays the job's
        database
            .prepare(
                "INSERT OR IGNORE INTO job_interfaces (interface, sequence) VALUES "
                "(?, last_insert_rowid())")
            .bind_borrowed(interface)
            .run();
    }
}

bool update_job(Database& database, const Job& job, Position from) {
    const auto& counters = job.counters;
    const auto reason = job.stop_reason ? std::optional(word(*job.stop_reason)) : std::nullopt;
    database
        .prepare(
            "UPDATE jobs SET state = ?, delivery = ?, stop_reason = ?, received = ?, "
            "captured = ?, filtered = ?, dropped_ring = ?, dropped_queue = ?, "
            "dropped_disk = ?, bytes = ?, receipt_bytes = ?, receipt_etag = ?, "
            "receipt_sha256 = ?, errors = ?, "
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
        .bind(receipt_bytes(job.object))
        .bind(receipt_etag(job.object))
        .bind(receipt_sha256(job.object))
        .bind(base::errors_json(job.errors).dump())
        .bind(nanoseconds(job.started_at))
        .bind(nanoseconds(job.stopped_at))
        .bind(nanoseconds(job.delivered_at))
        .bind(job.id)
        .bind(word(from.state))
        .bind(word(from.delivery))
        .run();
    return database.changes() == 1;
}

void put_segment(Database& database, const std::string& job_id, const Segment& segment) {
    database
        .prepare(
            "INSERT OR REPLACE INTO segments (job, number, key, frames, bytes, delivery, "
            "receipt_bytes, receipt_etag, receipt_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(job_id)
        .bind(std::int64_t{segment.number})
        .bind(segment.key)
        .bind(signed_count(segment.frames))
        .bind(signed_count(segment.bytes))
        .bind(word(segment.delivery))
        .bind(receipt_bytes(segment.receipt))
        .bind(receipt_etag(segment.receipt))
        .bind(receipt_sha256(segment.receipt))
        .run();
}

bool remove_segment(Database& database, const std::string& job_id, std::uint32_t number) {
    database.prepare("DELETE FROM segments WHERE job = ? AND number = ?")
        .bind(job_id)
        .bind(std::int64_t{number})
        .run();
    return database.changes() == 1;
}

}  // namespace xpc::job
