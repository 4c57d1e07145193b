#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/http_client.hpp"
#include "base/stop.hpp"
#include "sink/s3/endpoint.hpp"
#include "sink/s3/retry.hpp"
#include "sink/s3/sigv4.hpp"
#include "sink/sinks.hpp"

namespace xpc::sink::s3 {

/// One S3 operation on one object.
struct StoreRequest {
    std::string method;
    Fields query;
    Fields headers;
    base::HttpBody body;
    bool retry_not_found = false;        ///< 404 may be an answer of the moment
    std::string payload_sha256;          ///< of the body, raw; may be missing where that is short
    std::string_view not_repeated = {};  ///< a code of the store's that repeating does not help
    bool is_of_bucket = false;           ///< of the object's bucket, and not of the object
};

/// Of all of the body, raw. Errors: what reading it throws.
[[nodiscard]] std::string digest(base::Digest::Kind kind, const base::HttpBody& body);

struct StoreReply {
    base::HttpReply http;
    unsigned attempts = 1;
};

/// Signed requests for one object, repeated where that helps.
/// Threads: one at a time.
class Transport {
public:
    Transport(const S3Options& options, Destination destination);

    /// The last reply that the store gave, of whatever status.
    /// Errors:   Failure(store_unreachable, timeout) when there was none, Failure(cancelled) when
    ///           `stop` ended it; all name store, method and object.
    /// Blocking: until the reply, `stop` (within 100 ms) or `deadline`; where neither comes, for
    ///           some ten seconds of failing connections or a minute of silence.
    [[nodiscard]] StoreReply send(const StoreRequest& request, const base::Stop& stop,
                                  base::Deadline deadline = base::never);

    /// Whether requests are to carry the checksum of their body (S3Options::checksums).
    [[nodiscard]] bool has_checksums() const noexcept { return has_checksums_; }

    /// What this store has told of itself.
    [[nodiscard]] StoreFacts& facts() const noexcept { return *facts_; }

    /// What a reply that is no success amounts to, by the table in retry.cpp.
    [[nodiscard]] base::Failure refused(const StoreRequest& request, const StoreReply& reply) const;

    /// A failure that names store, method and object.
    [[nodiscard]] base::Failure failure(const StoreRequest& request, base::Errc errc,
                                        std::string_view cause) const;

    /// "https://HOST[:PORT]", with the bucket where it is part of the host, by the configuration:
    /// also where the bucket turned out to be in another region.
    [[nodiscard]] const std::string& origin() const noexcept { return origin_; }

private:
    enum class Next { none, at_once, later };

    void go_to(const std::string& region);
    [[nodiscard]] bool helps(Remedy remedy, const Refusal& said, const base::Stop& stop,
                             base::Deadline deadline);
    [[nodiscard]] std::string region_when_asked(const base::Stop& stop, base::Deadline deadline);
    [[nodiscard]] Next next_after(const base::Result<base::HttpReply>& reply,
                                  const StoreRequest& request, std::set<Remedy>& tried,
                                  const base::Stop& stop, base::Deadline deadline);
    [[nodiscard]] base::Result<base::HttpReply> try_once(const StoreRequest& request,
                                                         const std::string& payload_hash,
                                                         const base::Stop& stop,
                                                         base::Deadline deadline);
    [[nodiscard]] base::HttpReply send_once(const StoreRequest& request,
                                            const std::string& payload_hash, const base::Stop& stop,
                                            base::Deadline deadline);

    std::shared_ptr<KeyRing> keys_;
    Credentials used_;  ///< for the last attempt
    std::shared_ptr<StoreFacts> facts_;
    std::string endpoint_;
    std::optional<bool> path_style_;
    bool has_checksums_;
    Destination destination_;
    std::string origin_;

    // of the region that is asked now
    std::string region_;
    BucketAddress address_;
    std::string path_;

    base::HttpClient client_;
};

}  // namespace xpc::sink::s3
