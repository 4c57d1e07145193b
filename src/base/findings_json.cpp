#include "base/findings_json.hpp"

namespace xpc::base {

Json findings_json(const std::vector<Finding>& findings) {
    Json::Array checks;
    for (const Finding& finding : findings) {
        checks.push_back(
            Json::object({{"what", finding.what},
                          {"detail", finding.detail},
                          {"ok", !finding.error.has_value()},
                          {"error", finding.error ? error_json(*finding.error) : Json()}}));
    }
    return checks;
}

}  // namespace xpc::base
