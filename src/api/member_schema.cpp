#include "api/member_schema.hpp"

#include "base/patterns.hpp"

namespace xpc::api {
namespace {

using base::Json;

Json required(std::string_view name) {
    return Json::object({{"required", Json::Array{name}}});
}

Json whole_number(MemberSchema::Limits limits) {
    return Json::object({{"type", "integer"}, {"minimum", limits.least}, {"maximum", limits.most}});
}

Json text_like(const char* pattern) {
    return Json::object({{"type", "string"}, {"pattern", pattern}});
}

Json either(Json one, Json other) {
    return Json::object({{"anyOf", Json::Array{std::move(one), std::move(other)}}});
}

/// The schema with a default, where there is one.
Json with_default(Json schema, Json usual) {
    Json::Object members = *schema.object();
    members.push_back({"default", std::move(usual)});
    return members;
}

}  // namespace

void MemberSchema::add(std::string_view name, Json schema) {
    properties_.push_back({std::string(name), std::move(schema)});
}

void MemberSchema::require(std::initializer_list<std::string_view> names) {
    required_.insert(required_.end(), names.begin(), names.end());
}

void MemberSchema::require_any(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
        any_of_.push_back(required(name));
}

void MemberSchema::read(std::string_view name, const std::string& out) {
    read_plain(name, out, 0);
}

void MemberSchema::read(std::string_view name, const std::string& out,
                        std::span<const std::string_view> words) {
    Json schema =
        Json::object({{"type", "string"}, {"enum", Json::Array(words.begin(), words.end())}});
    add(name, out.empty() ? std::move(schema) : with_default(std::move(schema), out));
}

void MemberSchema::read(std::string_view name, const bool& out) {
    add(name, Json::object({{"type", "boolean"}, {"default", out}}));
}

void MemberSchema::read_one_or_several(std::string_view one, std::string_view several,
                                       const std::vector<std::string>& /*out*/, std::size_t most) {
    add(one, Json::object({{"type", "string"}}));
    add(several, Json::object({{"type", "array"},
                               {"items", Json::object({{"type", "string"}})},
                               {"minItems", 1},
                               {"maxItems", std::uint64_t{most}},
                               {"uniqueItems", true}}));
    one_of_.push_back(required(one));
    one_of_.push_back(required(several));
}

void MemberSchema::read(std::string_view name,
                        const std::vector<std::pair<std::string, std::string>>& /*out*/) {
    add(name, Json::object({{"type", "object"},
                            {"additionalProperties", Json::object({{"type", "string"}})}}));
}

void MemberSchema::read_plain(std::string_view name, const std::string& out,
                              std::size_t most_bytes) {
    Json::Object schema{{"type", "string"}};
    // characters here and bytes there: what this lets through may still be too long
    if (most_bytes > 0) schema.push_back({"maxLength", std::uint64_t{most_bytes}});
    if (!out.empty()) schema.push_back({"default", out});
    add(name, std::move(schema));
}

void MemberSchema::read_count(std::string_view name, const std::uint64_t& out, Limits limits) {
    Json schema = whole_number(limits);
    add(name, out == 0 ? std::move(schema) : with_default(std::move(schema), out));
}

void MemberSchema::read_size(std::string_view name, const std::uint64_t& out, Limits limits) {
    Json schema = either(whole_number(limits), text_like(base::size_pattern));
    add(name, out == 0 ? std::move(schema) : with_default(std::move(schema), out));
}

void MemberSchema::read_duration(std::string_view name, const std::chrono::milliseconds& out,
                                 DurationText form) {
    Json schema =
        either(whole_number({}),
               text_like(form == DurationText::digits ? "^[0-9]+$" : base::duration_pattern));
    const std::int64_t seconds = out.count() / 1000;
    add(name, seconds == 0 ? std::move(schema) : with_default(std::move(schema), seconds));
}

Json MemberSchema::schema() const {
    Json::Object schema{{"type", "object"}, {"properties", properties_}};
    if (!required_.empty()) schema.push_back({"required", required_});
    if (!any_of_.empty()) schema.push_back({"anyOf", any_of_});
    if (!one_of_.empty()) schema.push_back({"oneOf", one_of_});
    if (others_refused_) schema.push_back({"additionalProperties", false});
    return schema;
}

}  // namespace xpc::api
