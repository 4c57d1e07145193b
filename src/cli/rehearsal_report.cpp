#include "cli/rehearsal_report.hpp"

#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/finding.hpp"
#include "base/text.hpp"
#include "cli/check_report.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"

namespace xpc::cli {
namespace {

using base::Json;
using base::text;

/// The elements of an array that may be missing.
Json::Array array_at(const Json& object, std::string_view name) {
    const Json* member = object.find(name);
    return member != nullptr && member->array() != nullptr ? *member->array() : Json::Array();
}

std::vector<base::Finding> findings_of(const Json& reply) {
    std::vector<base::Finding> findings;
    for (const Json& check : array_at(reply, "checks")) {
        base::Finding finding{
            .what = check.text_at("what"), .detail = check.text_at("detail"), .error = {}};
        const Json* error = check.find("error");
        if (error != nullptr && !error->is_null()) {
            const auto errc = base::errc_from_code(error->text_at("code"));
            finding.error = base::Error{.errc = errc.value_or(base::Errc::internal),
                                        .message = error->text_at("message"),
                                        .field = {}};
        }
        findings.push_back(std::move(finding));
    }
    return findings;
}

std::string as_lines(const Json& reply) {
    std::string out = text("would be written to ", printable(reply.text_at("url")), "\n");
    for (const Json& source : array_at(reply, "compiled")) {
        out += text(printable(source.text_at("interface")), ": ",
                    printable(source.text_at("filter", "everything")), "\n");
        for (const Json& line : array_at(source, "lines")) {
            if (line.string() != nullptr) out += text("  ", printable(*line.string()), "\n");
        }
    }
    return out;
}

}  // namespace

int report_rehearsal(const Json& reply, bool as_json, const Surroundings& surroundings) {
    const auto findings = findings_of(reply);
    if (!as_json) {
        print(surroundings, as_lines(reply));
        return report(findings, false, surroundings);
    }
    print(surroundings, reply);
    return exit_code_of(findings);
}

}  // namespace xpc::cli
