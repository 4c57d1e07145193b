#pragma once

#include <cstdint>
#include <string>

#include "base/stop.hpp"
#include "sink/object_options.hpp"
#include "sink/receipt.hpp"

namespace xpc::sink {

enum class StoreKind { embedded, s3 };

/// Where an object is to be.
/// Shape: `bucket` obeys S3's naming rules; `key` as is_object_key() has it.
struct Destination {
    StoreKind store = StoreKind::embedded;
    std::string bucket;
    std::string key;
    std::string bucket_owner;  ///< an account at AWS; empty: whoever it is
};

/// Brings one spool file to its destination. The file may still grow while this goes on.
/// Threads: advance() by one thread, and finish() by one when that is over.
class Sink {
public:
    virtual ~Sink() = default;

    /// The first `final_bytes` bytes of the spool file will not change any more. Never blocks.
    /// What fails because of it is told by finish().
    virtual void advance(std::uint64_t final_bytes) = 0;

    /// The spool file is complete and has `total_bytes`. Delivers what is left and returns when the
    /// store has confirmed the object. `late_metadata` goes with it where there is still time: S3
    /// takes metadata with an object's beginning.
    /// Errors:   Failure with the reason; the spool file is as it was. Failure(cancelled) when
    ///           `stop` was requested first.
    /// Blocking: until the store has answered, or given up, or `stop`.
    [[nodiscard]] virtual Receipt finish(std::uint64_t total_bytes, const Labels& late_metadata,
                                         const base::Stop& stop) = 0;

    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    Sink(Sink&&) = delete;
    Sink& operator=(Sink&&) = delete;

protected:
    Sink() = default;
};

}  // namespace xpc::sink
