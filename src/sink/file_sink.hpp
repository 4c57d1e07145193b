#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "base/stop.hpp"
#include "base/unique_fd.hpp"
#include "sink/sink.hpp"

namespace xpc::sink {

/// The ETag of an object in the embedded store, without quotes: it follows from what stat(2) says
/// of the object's file, so that a server of that file can give the same one and needs to read no
/// content. An object is never written again, so size and time tell two apart.
[[nodiscard]] std::string object_etag(std::uint64_t bytes, base::WallTime modified);

/// Removes the file of an object in the embedded store, and the folders of its key that are empty
/// then, up to the bucket. Whether it was there, and is gone; what fails is logged.
bool remove_object(const std::filesystem::path& objects_dir,
                   const std::filesystem::path& object) noexcept;

/// Delivers to a folder: the object is a second name (link(2)) of the spool file, so delivery
/// copies nothing, and no reader ever sees half an object.
/// Errors:   Failure(conflict) where a file with other bytes has that name already; it is not
///           touched.
///           Failure(io) where spool and objects are not on one file system.
/// Blocking: for as long as the disk takes to sync; `stop` does not cut that short. It does so
///           where an object that is there already is read, to be compared.
/// Crash:    delivering the same spool file again, or one that was made again with the same bytes,
///           finds its own object and confirms it. The spool's own name is left for the caller to
///           remove.
class FileSink final : public Sink {
public:
    /// The object is to be `objects_dir`/BUCKET/KEY; folders that are missing are made.
    FileSink(const std::filesystem::path& objects_dir, Destination destination,
             std::filesystem::path spool_path);

    void advance(std::uint64_t final_bytes) override;
    [[nodiscard]] Receipt finish(std::uint64_t total_bytes, const Labels& late_metadata,
                                 const base::Stop& stop) override;

private:
    [[nodiscard]] bool is_ours(base::Fd spool, base::Fd object, const base::Stop& stop) const;

    Destination destination_;
    std::filesystem::path bucket_dir_;
    std::filesystem::path object_path_;
    std::filesystem::path spool_path_;
};

}  // namespace xpc::sink
