#include "daemon/check.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

#include "base/place_for.hpp"
#include "base/text.hpp"
#include "daemon/device_check.hpp"
#include "job/capture_trial.hpp"
#include "sink/bucket_name.hpp"

namespace xpc::daemon {
namespace {

namespace fs = std::filesystem;
using base::find_out;
using base::Finding;
using base::text;

/// The folder itself, or the one that it would be made in.
std::string look_at_data_dir(const fs::path& data_dir) {
    const fs::path there = base::place_for(data_dir);
    std::error_code error;
    const auto space = fs::space(there, error);
    if (error) throw base::Failure::from_errno(there.native(), error.value());
    return text(data_dir.native(), there == data_dir ? ", " : ", will be made, ",
                base::human_bytes(space.available), " free");
}

/// A guestshell gives its user no right to capture there, and nobody misses it.
Finding look_at_capture(const Config& config, const std::optional<std::string>& interface) {
    auto finding = find_out("capture", [&] { return job::try_capture(interface.value_or("lo")); });
    const bool is_only_missing = finding.error && finding.error->errc == base::Errc::permission;
    if (!interface && !config.devices.empty() && is_only_missing) {
        finding.detail = text("on devices only, not on this host: ", finding.error->message);
        finding.error.reset();
    }
    return finding;
}

void look_at_bucket(const sink::Sinks& sinks, const std::string& bucket,
                    std::vector<Finding>& findings) {
    if (auto checked = sink::check_bucket_name(bucket); !checked) {
        findings.push_back(
            {.what = "bucket " + bucket, .detail = {}, .error = std::move(checked.error())});
        return;
    }
    std::ranges::move(sinks.try_bucket(bucket), std::back_inserter(findings));
}

/// A bucket that is a folder needs no trial: who asks for one means S3.
Finding without_credentials(const std::string& bucket) {
    return {.what = "bucket " + bucket,
            .detail = "not tried",
            .error = base::Error{.errc = base::Errc::config,
                                 .message = "S3 is not configured: there are no credentials "
                                            "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a "
                                            "profile in ~/.aws, or another source)",
                                 .field = {}}};
}

}  // namespace

std::vector<Finding> check_needs(const Config& config, const std::optional<sink::S3Options>& s3,
                                 const std::optional<std::string>& interface,
                                 const std::optional<std::string>& bucket) {
    const fs::path& data_dir = config.server.data_dir;
    std::vector<Finding> findings;
    findings.push_back(find_out("data_dir", [&] { return look_at_data_dir(data_dir); }));
    findings.push_back(look_at_capture(config, interface));
    std::ranges::move(check_devices(config), std::back_inserter(findings));
    if (!s3) {
        findings.push_back({.what = "store",
                            .detail = text("embedded: ", (data_dir / "objects").native(),
                                           ", as there are no credentials for S3"),
                            .error = {}});
        if (bucket) findings.push_back(without_credentials(*bucket));
        return findings;
    }
    const sink::Sinks sinks({.objects_dir = data_dir / "objects", .s3 = s3});
    findings.push_back({.what = "store",
                        .detail = text("S3: ", s3->endpoint.empty() ? "AWS" : s3->endpoint,
                                       ", region ", s3->region),
                        .error = {}});
    findings.push_back(find_out("credentials", [&] { return sinks.credentials(); }));
    if (findings.back().error) return findings;
    if (bucket) {
        look_at_bucket(sinks, *bucket, findings);
    } else {
        findings.push_back(
            {.what = "bucket", .detail = "not tried: --bucket NAME tries one", .error = {}});
    }
    return findings;
}

}  // namespace xpc::daemon
