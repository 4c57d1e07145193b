#include "cli/check_report.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"

namespace xpc::cli {
namespace {

using base::Json;
using base::text;

std::string padded(std::string_view word, std::size_t width) {
    return std::string(word) + std::string(width - std::min(width, word.size()), ' ');
}

std::string as_lines(const std::vector<base::Finding>& findings) {
    std::size_t widest = 0;
    for (const base::Finding& finding : findings)
        widest = std::max(widest, printable(finding.what).size());
    std::string out;
    for (const base::Finding& finding : findings) {
        out += text(finding.error ? "FAILED  " : "ok      ",
                    padded(printable(finding.what), widest), "  ", printable(finding.detail));
        if (finding.error) {
            out += text(finding.detail.empty() ? "" : ": ", printable(finding.error->message), " (",
                        base::traits(finding.error->errc).code, ')');
        }
        out += '\n';
    }
    return out;
}

std::string as_object(const std::vector<base::Finding>& findings, bool is_good) {
    Json::Array checks;
    for (const base::Finding& finding : findings) {
        checks.push_back(
            Json::object({{"what", finding.what},
                          {"detail", finding.detail},
                          {"ok", !finding.error.has_value()},
                          {"error", finding.error ? base::error_json(*finding.error) : Json()}}));
    }
    return Json::object({{"ok", is_good}, {"checks", checks}}).dump() + "\n";
}

}  // namespace

int report(const std::vector<base::Finding>& findings, bool as_json,
           const Surroundings& surroundings) {
    const auto fault = std::ranges::find_if(
        findings, [](const base::Finding& finding) { return finding.error.has_value(); });
    const bool is_good = fault == findings.end();
    write_all(surroundings.out, as_json ? as_object(findings, is_good) : as_lines(findings),
              "standard output");
    return is_good ? 0 : base::traits(fault->error->errc).exit_code;
}

}  // namespace xpc::cli
