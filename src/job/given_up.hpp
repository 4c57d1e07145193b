#pragma once

#include <filesystem>

#include "capture/engines.hpp"
#include "job/devices.hpp"
#include "job/store.hpp"

namespace xpc::job {

/// Ends jobs whose user does not want them any more, where nobody comes to tell their device: as
/// failed, with what may be left there.
class GivingUp {
public:
    /// Lifetime: all of them outlive it.
    GivingUp(Store& store, const capture::Engines& engines, const DevicesOptions& devices,
             const std::filesystem::path& spool_dir)
        : store_(store), engines_(engines), devices_(devices), spool_dir_(spool_dir) {}

    /// False where another process captures, or may come and do so; or the job has ended, moved on
    /// in this moment, or not begun.
    [[nodiscard]] bool end(const Job& job) const;

    /// Likewise all that their users had stopped before nobody came any more.
    void end_all_stopped() const;

private:
    Store& store_;
    const capture::Engines& engines_;
    const DevicesOptions& devices_;
    const std::filesystem::path& spool_dir_;
};

}  // namespace xpc::job
