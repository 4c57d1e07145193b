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

std::string as_lines(const std::vector<CheckedThing>& things) {
    std::size_t widest = 0;
    for (const CheckedThing& thing : things)
        widest = std::max(widest, printable(thing.what).size());
    std::string out;
    for (const CheckedThing& thing : things) {
        out += text(thing.error ? "FAILED  " : "ok      ", padded(printable(thing.what), widest),
                    "  ", printable(thing.detail));
        if (thing.error) {
            out += text(thing.detail.empty() ? "" : ": ", printable(thing.error->message), " (",
                        base::traits(thing.error->errc).code, ')');
        }
        out += '\n';
    }
    return out;
}

std::string as_object(const std::vector<CheckedThing>& things, bool is_good) {
    Json::Array checks;
    for (const CheckedThing& thing : things) {
        Json error;
        if (thing.error) {
            error = Json::object({{"code", base::traits(thing.error->errc).code},
                                  {"message", thing.error->message}});
        }
        checks.push_back(Json::object({{"what", thing.what},
                                       {"detail", thing.detail},
                                       {"ok", !thing.error.has_value()},
                                       {"error", error}}));
    }
    return Json::object({{"ok", is_good}, {"checks", checks}}).dump() + "\n";
}

}  // namespace

int report(const std::vector<CheckedThing>& things, bool as_json,
           const Surroundings& surroundings) {
    const auto fault = std::ranges::find_if(
        things, [](const CheckedThing& thing) { return thing.error.has_value(); });
    const bool is_good = fault == things.end();
    write_all(surroundings.out, as_json ? as_object(things, is_good) : as_lines(things),
              "standard output");
    return is_good ? 0 : base::traits(fault->error->errc).exit_code;
}

}  // namespace xpc::cli
