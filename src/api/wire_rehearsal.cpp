#include "api/wire_rehearsal.hpp"

#include <algorithm>

#include "api/wire_json.hpp"
#include "base/findings_json.hpp"

namespace xpc::api {
namespace {

using base::Json;

Json source_json(const job::Rehearsal::Source& source) {
    const auto& lines = source.instructions.lines;
    return Json::object({{"interface", source.description.interface},
                         {"filter", base::text_or_null(source.description.filter)},
                         {"language", base::text_or_null(source.instructions.language)},
                         {"lines", Json::Array(lines.begin(), lines.end())}});
}

Json object_json(const sink::Destination& destination) {
    const bool is_s3 = destination.store == sink::StoreKind::s3;
    return Json::object({{"store", is_s3 ? "s3" : "embedded"},
                         {"bucket", destination.bucket},
                         {"key", destination.key}});
}

}  // namespace

Json to_json(const job::Rehearsal& rehearsal) {
    Json::Array compiled;
    for (const auto& source : rehearsal.sources)
        compiled.push_back(source_json(source));
    const bool is_ok = std::ranges::none_of(
        rehearsal.findings, [](const base::Finding& one) { return one.error.has_value(); });
    return Json::object({{"dry_run", true},
                         {"ok", is_ok},
                         {"request", to_json(rehearsal.job.request)},
                         {"object", object_json(rehearsal.job.destination)},
                         {"url", rehearsal.job.url},
                         {"compiled", std::move(compiled)},
                         {"checks", base::findings_json(rehearsal.findings)}});
}

}  // namespace xpc::api
