// What users ask of jobs that are there, and of those that they have asked for already.

#include "base/text.hpp"
#include "job/store.hpp"

namespace xpc::job {

using base::Errc;
using base::refuse;
using base::text;

std::optional<base::Result<Submitted>> Store::repeated(const IdempotencyKey& key) {
    const auto known =
        reader_.with([&key](auto& reader) { return find_key(*reader, key, base::wall_now()); });
    if (!known) return std::nullopt;
    const std::string name = text("Idempotency-Key ", base::quoted(key.key));
    if (!known->is_same) {
        return refuse(Errc::invalid_value,
                      text(name, ": stands for another request already: take a new one"),
                      std::string(key_field));
    }
    auto job = find(known->job_id);
    if (!job) {
        return refuse(Errc::conflict,
                      text(name, ": its job ", known->job_id, " has been deleted meanwhile"),
                      std::string(key_field));
    }
    return Submitted{.job = std::move(*job), .is_repeat = true};
}

bool Store::request_stop(const std::string& id) {
    return change([&id](Database& database) {
        database.prepare("UPDATE jobs SET stop_requested = 1 WHERE id = ? AND state <> 'stopped'")
            .bind(id)
            .run();
        return database.changes() == 1;
    });
}

std::vector<std::string> Store::stop_requests() {
    return ids_of(
        "SELECT id FROM jobs WHERE delivery = 'none' AND state <> 'stopped' AND stop_requested "
        "<> 0");
}

void Store::request_removal(const std::string& id) {
    change([&id](Database& database) {
        database.prepare("UPDATE jobs SET removal_requested = 1 WHERE id = ?").bind(id).run();
        return true;
    });
}

std::vector<std::string> Store::removal_requests() {
    return ids_of("SELECT id FROM jobs WHERE removal_requested <> 0");
}

bool Store::set_duration(const std::string& id, std::chrono::milliseconds duration, State state) {
    return change([&](Database& database) {
        database
            .prepare(
                "UPDATE jobs SET duration_ms = ? WHERE id = ? AND state = ? AND delivery = 'none'")
            .bind(duration.count())
            .bind(id)
            .bind(word(state))
            .run();
        return database.changes() == 1;
    });
}

std::vector<std::string> Store::ids_of(std::string_view sql) {
    return reader_.with([sql](auto& reader) {
        std::vector<std::string> ids;
        Statement statement = reader->prepare(sql);
        while (statement.step())
            ids.push_back(statement.text(0));
        return ids;
    });
}

}  // namespace xpc::job
