#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/guarded.hpp"
#include "job/encoder.hpp"

namespace xpc::job {

/// The encoders in use. An encoder belongs to the jobs that share it and goes with the last of
/// them, in whatever order they end: hence shared_ptr.
/// Threads: any.
class Encoders {
public:
    explicit Encoders(sink::PartPool& pool) : pool_(pool) {}

    /// The one for this source of frames (capture::Capture::identity()) and this form; a new one
    /// where nobody has it yet, and for a source without a name.
    [[nodiscard]] std::shared_ptr<Encoder> find(const std::string& source,
                                                const pcap::FrameWriter& writer);

private:
    sink::PartPool& pool_;
    base::Guarded<std::map<std::string, std::weak_ptr<Encoder>>> known_;
};

}  // namespace xpc::job
