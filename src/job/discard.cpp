#include "job/discard.hpp"

#include "job/object_keys.hpp"
#include "job/spool_files.hpp"
#include "sink/sinks.hpp"

namespace xpc::job {

void discard_begun(const sink::Sinks& sinks, const Job& job,
                   const std::filesystem::path& spool_dir) {
    if (job.position.delivery != Delivery::delivered) {
        sinks.discard(job.destination, spool_path(spool_dir, job.id));
    }
    for (const Segment& segment : job.objects) {
        if (segment.delivery == Delivery::delivered) continue;
        sinks.discard(segment_destination(job, segment),
                      segment_spool_path(spool_dir, job.id, segment.number));
    }
}

}  // namespace xpc::job
