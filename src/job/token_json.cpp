#include "job/token_json.hpp"

namespace xpc::job {
namespace {

using base::Json;

Json words_or_null(const std::vector<std::string>& words) {
    return words.empty() ? Json() : Json(Json::Array(words.begin(), words.end()));
}

Json count_or_null(std::uint64_t count) {
    return count == 0 ? Json() : Json(count);
}

std::vector<std::string> words_at(const Json& object, std::string_view name) {
    std::vector<std::string> words;
    const Json* const list = object.find(name);
    if (list == nullptr || list->array() == nullptr) return words;
    for (const Json& one : *list->array()) {
        if (const std::string* const word = one.string()) words.push_back(*word);
    }
    return words;
}

}  // namespace

Json scopes_json(const std::vector<Scope>& scopes) {
    Json::Array words;
    for (const Scope scope : scopes)
        words.emplace_back(word(scope));
    return words;
}

Json limits_json(const JobLimits& limits) {
    return Json::object(
        {{"interfaces", words_or_null(limits.interfaces)},
         {"devices", words_or_null(limits.devices)},
         {"buckets", words_or_null(limits.buckets)},
         {"duration", count_or_null(static_cast<std::uint64_t>(limits.duration.count() / 1000))},
         {"bytes", count_or_null(limits.bytes)},
         {"filter", base::text_or_null(limits.filter)}});
}

std::vector<Scope> scopes_from_json(const Json& stored) {
    std::vector<Scope> scopes;
    if (stored.array() == nullptr) return scopes;
    for (const Json& one : *stored.array()) {
        const std::string* const known = one.string();
        if (known == nullptr) continue;
        if (const auto scope = scope_from(*known)) scopes.push_back(*scope);
    }
    return scopes;
}

JobLimits limits_from_json(const Json& stored) {
    return {.interfaces = words_at(stored, "interfaces"),
            .devices = words_at(stored, "devices"),
            .buckets = words_at(stored, "buckets"),
            .duration = std::chrono::seconds(stored.integer_at("duration")),
            .bytes = static_cast<std::uint64_t>(stored.integer_at("bytes")),
            .filter = stored.text_at("filter")};
}

}  // namespace xpc::job
