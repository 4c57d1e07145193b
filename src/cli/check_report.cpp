#include "cli/check_report.hpp"

#include <algorithm>

#include "base/findings_json.hpp"
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
    return Json::object({{"ok", is_good}, {"checks", base::findings_json(findings)}}).dump() + "\n";
}

}  // namespace

int exit_code_of(const std::vector<base::Finding>& findings) noexcept {
    const auto fault = std::ranges::find_if(
        findings, [](const base::Finding& finding) { return finding.error.has_value(); });
    return fault == findings.end() ? 0 : base::traits(fault->error->errc).exit_code;
}

int report(const std::vector<base::Finding>& findings, bool as_json,
           const Surroundings& surroundings) {
    const int exit_code = exit_code_of(findings);
    const bool is_good = exit_code == 0;
    print(surroundings, as_json ? as_object(findings, is_good) : as_lines(findings));
    return exit_code;
}

}  // namespace xpc::cli
