#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sink/sink.hpp"

namespace xpc::sink::s3 {

/// A multipart upload that a store keeps, and charges for, until it is completed or aborted.
struct OpenUpload {
    std::string origin;  ///< of the store: "https://HOST[:PORT]"
    Destination destination;
    std::string upload_id;    ///< empty: it is being opened, and the store may have one
    bool has_strays = false;  ///< the store may have more, whose ids never came

    /// Whether the store may have one that nobody has the id of.
    [[nodiscard]] bool may_be_stray() const noexcept { return upload_id.empty() || has_strays; }
};

/// Where the open upload of a spool file is noted, for whoever comes after a crash.
[[nodiscard]] std::filesystem::path note_path(const std::filesystem::path& spool_path);

/// What a note says. Nothing where it is not one that note_text() has made.
[[nodiscard]] std::optional<OpenUpload> note_from(std::string_view content);

[[nodiscard]] std::string note_text(const OpenUpload& open);

/// The note is whole and on disk when this returns.
/// Errors: Failure (disk_full, io, …) with the path.
void write_note(const std::filesystem::path& path, const OpenUpload& open);

/// Nothing where there is no note, or one that is not as it was written, which is logged.
/// Errors: Failure with the path when it cannot be read.
[[nodiscard]] std::optional<OpenUpload> read_note(const std::filesystem::path& path);

/// The spool files in a folder that have a note, or had one when they still were there.
[[nodiscard]] std::vector<std::filesystem::path> noted_files(const std::filesystem::path& folder);

/// Also one that a killed process had not written to its end.
/// Errors: Failure with the path; not for a note that does not exist.
void remove_note(const std::filesystem::path& path);

}  // namespace xpc::sink::s3
