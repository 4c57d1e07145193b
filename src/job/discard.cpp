#include "job/discard.hpp"

#include "job/ids.hpp"
#include "job/spool_files.hpp"
#include "job/store.hpp"
#include "sink/sinks.hpp"

namespace xpc::job {

void discard_begun(const sink::Sinks& sinks, const Job& job,
                   const std::filesystem::path& spool_dir) {
    if (job.position.delivery != Delivery::delivered) {
        sinks.discard(spool_path(spool_dir, job.id));
    }
    for (const Segment& segment : job.objects) {
        if (segment.delivery == Delivery::delivered) continue;
        sinks.discard(segment_spool_path(spool_dir, job.id, segment.number));
    }
}

void discard_forgotten(const sink::Sinks& sinks, Store& store,
                       const std::filesystem::path& spool_dir, const base::Stop& stop) {
    for (const auto& file : sinks.begun(spool_dir)) {
        if (stop.requested()) return;
        const std::string id = job_of_spool_file(file.filename().native());
        const auto job = is_uuid(id) ? store.find(id) : std::nullopt;
        if (!job || job->position.delivery == Delivery::failed) sinks.discard(file);
    }
}

}  // namespace xpc::job
