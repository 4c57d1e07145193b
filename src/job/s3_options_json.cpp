#include "job/s3_options_json.hpp"

namespace xpc::job {
namespace {

using base::Json;
using base::text_or_null;

Json labels_json(const sink::Labels& labels) {
    if (labels.empty()) return {};
    Json::Object members;
    for (const auto& [name, value] : labels)
        members.push_back({.name = name, .value = value});
    return members;
}

void read_labels(const Json& options, std::string_view name, sink::Labels& out) {
    const Json* const labels = options.find(name);
    if (labels == nullptr || labels->object() == nullptr) return;
    for (const Json::Member& one : *labels->object()) {
        if (const std::string* const value = one.value.string()) out.emplace_back(one.name, *value);
    }
}

}  // namespace

Json s3_options_json(const JobRequest& request) {
    const sink::ObjectOptions& object = request.object;
    if (!is_for_s3_only(object) && request.bucket_owner.empty()) return {};
    return Json::object({{"storage_class", text_or_null(object.storage_class)},
                         {"encryption", text_or_null(object.encryption)},
                         {"kms_key", text_or_null(object.kms_key)},
                         {"bucket_owner", text_or_null(request.bucket_owner)},
                         {"tags", labels_json(object.tags)},
                         {"metadata", labels_json(object.metadata)}});
}

void read_s3_options(const std::string& stored, JobRequest& request) {
    const auto options = base::parse_json(stored);
    if (!options) return;
    sink::ObjectOptions& object = request.object;
    object.storage_class = options->text_at("storage_class");
    object.encryption = options->text_at("encryption");
    object.kms_key = options->text_at("kms_key");
    request.bucket_owner = options->text_at("bucket_owner");
    read_labels(*options, "tags", object.tags);
    read_labels(*options, "metadata", object.metadata);
}

}  // namespace xpc::job
