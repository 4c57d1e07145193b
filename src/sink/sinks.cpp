#include "sink/sinks.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "sink/compressing_sink.hpp"
#include "sink/file_sink.hpp"
#include "sink/s3/endpoint.hpp"
#include "sink/s3/key_ring.hpp"
#include "sink/s3/open_upload.hpp"
#include "sink/s3/sigv4.hpp"
#include "sink/s3/store_facts.hpp"
#include "sink/s3/trial.hpp"
#include "sink/s3/upload.hpp"

namespace xpc::sink {
namespace {

const S3Options& configured(const Options& options) {
    if (!options.s3) {
        throw base::Failure(base::Errc::config,
                            "S3 is not configured: there are no credentials "
                            "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)");
    }
    return *options.s3;
}

}  // namespace

Sinks::Sinks(Options options) : options_(std::move(options)) {
    if (!options_.s3) return;
    options_.s3->facts = std::make_shared<s3::StoreFacts>(
        s3::is_aws(options_.s3->endpoint) ? s3::Condition::heeded : s3::Condition::unproven);
    options_.s3->counts = std::make_shared<UploadCounts>();
}

StoreKind Sinks::default_store() const noexcept {
    return options_.s3 ? StoreKind::s3 : StoreKind::embedded;
}

std::unique_ptr<Sink> Sinks::open(const Destination& destination, const ObjectOptions& object,
                                  const std::filesystem::path& spool_path) const {
    if (object.compression == Compression::none) return open_plain(destination, object, spool_path);
    // of its packed form, which is made anew, nobody could tell any more whose the object is
    if (destination.store == StoreKind::embedded) take_back(destination, spool_path);
    return std::make_unique<CompressingSink>(
        spool_path, options_.spool_space,
        [&](const std::filesystem::path& path) { return open_plain(destination, object, path); });
}

std::unique_ptr<Sink> Sinks::open_plain(const Destination& destination, const ObjectOptions& object,
                                        const std::filesystem::path& path) const {
    switch (destination.store) {
        case StoreKind::embedded:
            return std::make_unique<FileSink>(options_.objects_dir, destination, path);
        case StoreKind::s3:
            return std::make_unique<s3::Upload>(configured(options_), destination, object, path);
    }
    std::unreachable();
}

void Sinks::discard(const std::filesystem::path& spool_path) const noexcept {
    if (!options_.s3) return;
    s3::discard_upload(*options_.s3, spool_path);
    s3::discard_upload(*options_.s3, compressed_path(spool_path));
}

std::vector<std::filesystem::path> Sinks::begun(const std::filesystem::path& spool_dir) const {
    return options_.s3 ? s3::noted_files(spool_dir) : std::vector<std::filesystem::path>();
}

std::string Sinks::url(const Destination& destination, const std::string& own_url) const {
    const std::string& bucket = destination.bucket;
    const std::string& key = destination.key;
    if (destination.store == StoreKind::embedded)
        return base::text(own_url, "/objects/", bucket, '/', key);
    // what the original API has always promised for AWS
    if (!options_.s3 || options_.s3->endpoint.empty()) {
        return base::text("https://s3.amazonaws.com/", bucket, '/', key);
    }
    const auto address = s3::bucket_address(options_.s3->endpoint, options_.s3->region, bucket,
                                            options_.s3->path_style);
    return base::text(address.origin, address.path_prefix, '/', base::percent_encoded(key, "/"));
}

std::filesystem::path Sinks::object_path(const Destination& destination) const {
    return options_.objects_dir / destination.bucket / destination.key;
}

void Sinks::remove_object(const Destination& destination) const noexcept {
    sink::remove_object(options_.objects_dir, object_path(destination));
}

void Sinks::take_back(const Destination& destination,
                      const std::filesystem::path& spool_path) const noexcept {
    const auto object = object_path(destination);
    std::error_code error;  // there may be none of them
    const bool is_ours = std::filesystem::equivalent(object, spool_path, error) ||
                         std::filesystem::equivalent(object, compressed_path(spool_path), error);
    if (is_ours) remove_object(destination);
}

std::string Sinks::credentials() const {
    constexpr std::chrono::seconds patience{10};
    const S3Options& s3 = configured(options_);
    const auto credentials = s3.keys->current(base::Stop(), base::in(patience));
    return base::text(s3.keys->source_name(), ", access key ", credentials.access_key);
}

std::vector<base::Finding> Sinks::try_bucket(const std::string& bucket) const {
    return s3::try_bucket(configured(options_), bucket, base::Stop());
}

const UploadCounts* Sinks::upload_counts() const noexcept {
    return options_.s3 ? options_.s3->counts.get() : nullptr;
}

std::string Sinks::presigned_url(const Destination& destination) const {
    constexpr std::chrono::minutes lifetime{10};
    constexpr std::chrono::seconds patience{10};
    const S3Options& s3 = configured(options_);
    const std::string region = s3.facts->region_of(destination.bucket).value_or(s3.region);
    const auto address = s3::bucket_address(s3.endpoint, region, destination.bucket, s3.path_style);
    const std::string path =
        base::text(address.path_prefix, '/', base::percent_encoded(destination.key, "/"));
    const std::string query = s3::presigned_query(
        "GET", address.host, path, s3.keys->current(base::Stop(), base::in(patience)),
        {.region = region, .service = "s3", .when = s3.facts->now()}, lifetime);
    return base::text(address.origin, path, '?', query);
}

}  // namespace xpc::sink
