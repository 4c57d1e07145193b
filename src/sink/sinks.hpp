#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "sink/sink.hpp"
#include "sink/upload_counts.hpp"

namespace xpc::sink {

namespace s3 {
class KeyRing;
class StoreFacts;
}  // namespace s3

class SpoolSpace;

/// How S3 is reached. Made once at start; whether S3 is configured at all is whether there is one.
struct S3Options {
    std::string endpoint;  ///< "https://HOST[:PORT]" without a path; empty: AWS
    std::string region = "us-east-1";
    std::optional<bool> path_style;           ///< nothing: as bucket_address() decides
    std::optional<std::uint64_t> part_bytes;  ///< of the first parts; else as s3/parts.hpp says
    std::string ca_file;                      ///< PEM; empty: the system's
    /// Whether an object that was sent in parts is tagged with its capture's counters, which its
    /// metadata could not have (object_headers()): they are known when they can not be told.
    bool counter_tags = true;
    /// Whether requests carry x-amz-checksum-sha256, which AWS verifies and keeps. Others may
    /// refuse or ignore it; the signature covers the body in any case.
    bool checksums = false;
    /// Shared by all uploads: whichever finds that they expire renews them for the others.
    std::shared_ptr<s3::KeyRing> keys;
    /// Likewise, made by Sinks: what one has learnt of the store the others know.
    std::shared_ptr<s3::StoreFacts> facts;
    std::shared_ptr<UploadCounts> counts;
};

struct Options {
    std::filesystem::path objects_dir;  ///< the embedded store: BUCKET/KEY below it
    std::optional<S3Options> s3;
    SpoolSpace* spool_space = nullptr;  ///< for what is packed; null: the disk
};

/// The stores that there are.
/// Lifetime: the spool's space outlives it.
/// Threads: any.
class Sinks {
public:
    explicit Sinks(Options options);

    /// Where a bucket is that does not say: S3 when that is configured.
    [[nodiscard]] StoreKind default_store() const noexcept;

    /// Begins to deliver the file at `spool_path`, which exists.
    [[nodiscard]] std::unique_ptr<Sink> open(const Destination& destination,
                                             const ObjectOptions& object,
                                             const std::filesystem::path& spool_path) const;

    /// What was begun to be delivered from that file, and has no receipt, is given up: the store
    /// keeps nothing of it. Blocking: 2 s at most. What fails is logged.
    void discard(const std::filesystem::path& spool_path) const noexcept;

    /// The files in the spool for which there is something to discard; some may be gone.
    [[nodiscard]] std::vector<std::filesystem::path> begun(
        const std::filesystem::path& spool_dir) const;

    /// Where a person can fetch the object once it is delivered. `own_url` is what this server is
    /// reached by ("http://127.0.0.1:5000"), for the embedded store.
    [[nodiscard]] std::string url(const Destination& destination, const std::string& own_url) const;

    /// The object's file in the embedded store.
    [[nodiscard]] std::filesystem::path object_path(const Destination& destination) const;

    /// Removes the object from the embedded store, and the folders of its key that are empty then.
    /// What fails is logged.
    void remove_object(const Destination& destination) const noexcept;

    /// Likewise where a delivery has put that file there, or its packed form, and was killed before
    /// it told of it. What is another's stays.
    void take_back(const Destination& destination,
                   const std::filesystem::path& spool_path) const noexcept;

    /// Where the credentials for S3 come from, and the access key: "variable AWS_ACCESS_KEY_ID,
    /// access key AKIA…". Errors: Failure, where the source gives none.
    [[nodiscard]] std::string credentials() const;

    /// Does with the bucket on S3 what a delivery does, and removes what it has made.
    /// Errors: are in the findings; after one nothing more is tried. Failure(config) without S3.
    [[nodiscard]] std::vector<base::Finding> try_bucket(const std::string& bucket) const;

    /// Of uploads to S3; null where that is not configured.
    [[nodiscard]] const UploadCounts* upload_counts() const noexcept;

    /// A URL that fetches the object from S3 without credentials, for ten minutes.
    [[nodiscard]] std::string presigned_url(const Destination& destination) const;

private:
    [[nodiscard]] std::unique_ptr<Sink> open_plain(const Destination& destination,
                                                   const ObjectOptions& object,
                                                   const std::filesystem::path& path) const;

    Options options_;
};

}  // namespace xpc::sink
