#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/stop.hpp"
#include "sink/s3_options.hpp"
#include "sink/sink.hpp"

namespace xpc::sink::s3 {

/// Uploads of one object whose ids never came: a process was killed, or a connection was lost,
/// while one was being opened. Nothing is in them. A store may open one a moment after its client
/// is gone, so that not finding any proves nothing yet.
class StrayUploads {
public:
    /// From now on there may be one.
    void suspect() noexcept { settled_ = base::in(settling); }

    [[nodiscard]] bool suspected() const noexcept { return settled_.has_value(); }

    /// Aborts them. To be called when the object is there, so that no open upload is of use.
    /// Blocking: until 3 s after the last suspicion, then for `abort_patience` at most.
    /// Errors:   Failure as of abort_open_uploads().
    void abort(const S3Options& options, const Destination& destination, const base::Stop& stop);

private:
    /// For a store to do what it was asked by a client that is gone.
    static constexpr std::chrono::seconds settling{3};

    std::optional<base::Deadline> settled_;  ///< when what is suspected is there
};

/// What stopping a server may cost on account of one upload.
inline constexpr std::chrono::seconds abort_patience{2};

/// Aborts all uploads to that object that the store has open; the key is of one job only.
/// Errors: Failure as of list_open_uploads() and abort_multipart_upload().
void abort_open_uploads(const S3Options& options, const Destination& destination,
                        const base::Stop& stop, base::Deadline deadline);

}  // namespace xpc::sink::s3
