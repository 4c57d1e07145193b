#include "job/discard.hpp"

#include "job/ids.hpp"
#include "job/lifecycle.hpp"
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

std::size_t discard_forgotten(const sink::Sinks& sinks, Store& store,
                              const std::filesystem::path& spool_dir, const base::Stop& stop) {
    std::size_t tried = 0;
    for (const auto& file : sinks.begun(spool_dir)) {
        if (stop.requested()) break;
        const std::string id = job_of_spool_file(file.filename().native());
        const auto job = is_uuid(id) ? store.find(id) : std::nullopt;
        if (job && !is_final(job->position)) continue;
        sinks.discard(file);
        ++tried;
    }
    return tried;
}

}  // namespace xpc::job
