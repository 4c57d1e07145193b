#include "sink/s3/key_source.hpp"

#include <utility>

#include "sink/s3/machine_sources.hpp"
#include "sink/s3/profile_files.hpp"
#include "sink/s3/profile_source.hpp"

namespace xpc::sink::s3 {
namespace {

using Source = std::unique_ptr<KeySource>;

class FixedKeys final : public KeySource {
public:
    FixedKeys(Credentials credentials, std::string name)
        : credentials_(std::move(credentials)), name_(std::move(name)) {}

    [[nodiscard]] Keys fetch(const base::Stop& /*stop*/, base::Deadline /*deadline*/) override {
        return {.credentials = credentials_, .expires = {}};
    }

    [[nodiscard]] std::string name() const override { return name_; }

private:
    Credentials credentials_;
    std::string name_;
};

}  // namespace

std::unique_ptr<KeySource> fixed_source(Credentials credentials, std::string name) {
    return std::make_unique<FixedKeys>(std::move(credentials), std::move(name));
}

base::Result<Source> key_source(const Environment& variables, const KeySourceOptions& options) {
    if (auto source = variables_source(variables); !source || *source) return source;
    const std::string chosen = chosen_profile(variables);
    auto source =
        profile_source(variables, options, chosen.empty() ? "default" : chosen, !chosen.empty());
    if (!source || *source) return source;
    if (source = container_source(variables); !source || *source) return source;
    const bool may_ask_instance =
        options.may_ask_instance ||
        !variables("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("").empty();
    return may_ask_instance ? instance_source(variables) : Source();
}

}  // namespace xpc::sink::s3
