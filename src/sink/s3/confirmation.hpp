#pragma once

#include <cstdint>
#include <string>

#include "base/stop.hpp"
#include "sink/object_options.hpp"
#include "sink/s3/operations.hpp"
#include "sink/s3/transport.hpp"
#include "sink/sink.hpp"

namespace xpc::sink::s3 {

/// What an object has to be.
struct Sent {
    std::uint64_t bytes = 0;
    std::string etag;      ///< empty: not known
    std::string checksum;  ///< as ObjectHead::sha256
    std::string sha256;    ///< of the file, in hex
};

/// The receipt of an object: what the store says of it now has to be what was sent. Also for what
/// the store would not do (Completion::not_done): where it was done before, its object is there,
/// and is ours, by what the store says of it or by what is in it (docs/decisions/0095).
/// Errors: Failure(corrupt): it is another; those of head_object() and put_object_tagging(); where
///         nothing is there, why it was not done: somebody has aborted the upload, or has the key.
[[nodiscard]] Receipt confirm(Transport& transport, const Destination& destination,
                              const ObjectOptions& object, const Completion& completion,
                              const Sent& sent, const base::Stop& stop);

/// Tags an object that is there with `more` besides its `tags`, as far as there is room for them:
/// a store takes ten. What fails is logged, and a store that can not, or will not, is not asked
/// again. Errors: Failure(cancelled). Blocking: 5 s at most.
void add_tags(Transport& transport, const Labels& tags, const Labels& more, const base::Stop& stop);

}  // namespace xpc::sink::s3
