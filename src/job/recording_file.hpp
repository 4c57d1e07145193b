#pragma once

#include <cstdint>
#include <memory>

#include "sink/sink.hpp"
#include "sink/spool.hpp"

namespace xpc::job {

/// One file of a recording, while it is written.
struct RecordingFile {
    std::uint32_t number = 1;  ///< 1 is the first
    std::unique_ptr<sink::Spool> spool;
    std::unique_ptr<sink::Sink> sink;  ///< brings it away as it grows; none: when it is complete
    std::uint64_t bytes = 0;           ///< given to the spool, or about to be
    std::uint64_t frames = 0;          ///< likewise
};

/// Where a recording that is cut into several files gets the next one from, and puts the full ones.
class RecordingFiles {
public:
    virtual ~RecordingFiles() = default;

    /// Never blocks. Nothing while none is ready: then the one that there is goes on.
    virtual std::unique_ptr<RecordingFile> take_next() = 0;

    /// Never blocks.
    virtual void put_full(std::unique_ptr<RecordingFile> file) = 0;

    RecordingFiles(const RecordingFiles&) = delete;
    RecordingFiles& operator=(const RecordingFiles&) = delete;
    RecordingFiles(RecordingFiles&&) = delete;
    RecordingFiles& operator=(RecordingFiles&&) = delete;

protected:
    RecordingFiles() = default;
};

}  // namespace xpc::job
