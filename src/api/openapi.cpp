#include "api/openapi.hpp"

#include "api/access.hpp"
#include "api/job_members.hpp"
#include "api/member_schema.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/spare_memory.hpp"
#include "base/text.hpp"
#include "docs_page_text.hpp"
#include "job/lifecycle.hpp"
#include "openapi_text.hpp"

namespace xpc::api {
namespace {

using base::Json;
using base::text;

/// Both, member by member. Where both say something of one that is no object, it is the first.
Json merged(const Json& one, const Json& other) {
    if (one.object() == nullptr || other.object() == nullptr) return one;
    Json::Object members;
    for (const auto& [name, value] : *one.object()) {
        const Json* const more = other.find(name);
        members.push_back({name, more == nullptr ? value : merged(value, *more)});
    }
    for (const auto& [name, value] : *other.object()) {
        if (one.find(name) == nullptr) members.push_back({name, value});
    }
    return members;
}

template <auto... values>
Json words_of() {
    return Json::object({{"type", "string"}, {"enum", Json::Array{job::word(values)...}}});
}

Json error_codes() {
    Json::Array codes;
    for (const std::string_view code : base::error_codes())
        codes.emplace_back(code);
    return Json::object({{"type", "string"}, {"enum", std::move(codes)}});
}

Json schema_of_job_request() {
    MemberSchema members;
    job::JobRequest usual = default_job_request();
    read_job_members(members, usual);
    return members.schema();
}

Json schema_of_legacy_request() {
    MemberSchema members;
    job::JobRequest usual = default_legacy_request();
    read_legacy_members(members, usual);
    return members.schema();
}

Json schemas() {
    using job::Delivery;
    using job::State;
    using job::StopReason;
    return Json::object(
        {{"JobRequest", schema_of_job_request()},
         {"LegacyRequest", schema_of_legacy_request()},
         {"State", words_of<State::queued, State::starting, State::running, State::stopping,
                            State::stopped>()},
         {"Delivery",
          words_of<Delivery::none, Delivery::uploading, Delivery::delivered, Delivery::failed>()},
         {"StopReason",
          words_of<StopReason::duration, StopReason::packets, StopReason::bytes, StopReason::user,
                   StopReason::device, StopReason::error, StopReason::crash>()},
         {"ErrorCode", error_codes()}});
}

Json::Member refers_to(std::string_view status, std::string_view response) {
    return {std::string(status),
            Json::object({{"$ref", text("#/components/responses/", response)}})};
}

/// What a route of that access may answer besides its own: what is wrong before it is asked, and
/// what nobody foresees.
Json usual_responses(Access access) {
    // what is too large is refused before anybody has looked for a route
    Json::Object responses{refers_to("413", "TooLarge"), refers_to("431", "HeaderTooLarge")};
    const auto add = [&](std::string_view status, std::string_view response) {
        responses.push_back(refers_to(status, is_original(access) ? "LegacyRefused" : response));
    };
    add("400", "BadRequest");
    add("500", "Failed");
    responses.push_back(refers_to("429", is_original(access) ? "LegacyTooMany" : "TooMany"));
    if (access != Access::open) {
        add("401", "Unauthorized");
        add("403", "Forbidden");
        add("421", "WrongHost");
    }
    return responses;
}

/// Of each operation, and that those for everybody need no token.
Json paths() {
    Json all = Json::object({});
    for (const AccessRow& row : access_table()) {
        std::string path(row.path);
        if (const auto dots = path.find("..."); dots != std::string::npos) path.erase(dots, 3);
        Json::Object operation{{"responses", usual_responses(row.access)}};
        if (row.access == Access::open) operation.push_back({"security", Json::Array{}});
        const Json of_method = Json::object({{base::lower(row.method), std::move(operation)}});
        all = merged(all, Json::object({{std::move(path), of_method}}));
    }
    return all;
}

/// What is between `begin` and `end`, the first of each.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    const auto from = text.find(begin) + begin.size();
    return text.substr(from, text.find(end, from) - from);
}

}  // namespace

Json openapi_document() {
    const Json known = Json::object({{"info", Json::object({{"version", XPC_VERSION}})},
                                     {"paths", paths()},
                                     {"components", Json::object({{"schemas", schemas()}})}});
    return merged(base::value_or_throw(base::parse_json(openapi_text)), known);
}

namespace {

/// Made when somebody asks for the first time: it never changes.
Response document() {
    static const std::string body = [] {
        std::string made = openapi_document().dump() + "\n";
        base::return_spare_memory();  // half a MiB
        return made;
    }();
    Response response;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = body;
    return response;
}

/// A page whose one script is known by its digest, and which can load nothing from elsewhere.
Response docs_page() {
    static const std::string policy = text(
        "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; base-uri "
        "'none'; form-action 'none'; frame-ancestors 'none'; script-src 'sha256-",
        base::base64(base::sha256(between(docs_page_text, "<script>", "</script>"))), "'");
    Response response;
    response.headers = {{"Content-Type", "text/html; charset=utf-8"},
                        {"Content-Security-Policy", policy},
                        {"X-Content-Type-Options", "nosniff"},
                        {"Referrer-Policy", "no-referrer"}};
    response.body = docs_page_text;
    return response;
}

}  // namespace

std::vector<Route> openapi_routes() {
    return {
        {"GET", "/openapi.json", [](const Request&) { return document(); }},
        {"GET", "/docs", [](const Request&) { return docs_page(); }},
    };
}

}  // namespace xpc::api
