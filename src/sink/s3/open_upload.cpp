#include "sink/s3/open_upload.hpp"

#include <array>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/sync_folder.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "base/write_all.hpp"
#include "sink/spool_file.hpp"

namespace xpc::sink::s3 {
namespace {

namespace fs = std::filesystem;

/// Of a note that is being written.
fs::path partial_path(fs::path path) {
    path += ".partial";
    return path;
}

void unlink_if_there(const fs::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        throw base::Failure::from_errno("removing " + path.string(), errno);
    }
}

/// A note that the disk has damaged is none: what a store would say of a strange id is its own
/// affair, and no end of a delivery.
std::string checksum(const OpenUpload& open) {
    const auto& [origin, destination, upload_id, has_strays] = open;
    return base::hex(
        base::sha256(base::text(origin, '\n', destination.bucket, '\n', destination.key, '\n',
                                upload_id, has_strays ? "\nstrays" : "")));
}

}  // namespace

fs::path note_path(const fs::path& spool_path) {
    fs::path out = spool_path;
    out += upload_note_extension;
    return out;
}

std::optional<OpenUpload> note_from(std::string_view content) {
    const auto note = base::parse_json(content);
    if (!note) return std::nullopt;
    OpenUpload open{.origin = note->text_at("store"),
                    .destination = {.store = StoreKind::s3,
                                    .bucket = note->text_at("bucket"),
                                    .key = note->text_at("key")},
                    .upload_id = note->text_at("upload_id"),
                    .has_strays = note->find("strays") != nullptr};
    if (note->text_at("sha256") != checksum(open)) return std::nullopt;
    return open;
}

std::string note_text(const OpenUpload& open) {
    base::Json::Object note{{"store", open.origin},
                            {"bucket", open.destination.bucket},
                            {"key", open.destination.key},
                            {"upload_id", open.upload_id},
                            {"sha256", checksum(open)}};
    if (open.has_strays) note.push_back({"strays", true});
    return base::Json(std::move(note)).dump() + '\n';
}

void write_note(const fs::path& path, const OpenUpload& open) {
    const fs::path partial = partial_path(path);
    {
        const auto file = base::UniqueFd::adopt(
            ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!file.valid()) throw base::Failure::from_errno("creating " + partial.string(), errno);
        base::write_all(file, note_text(open), "writing " + partial.string());
        if (::fsync(file.raw()) != 0) {
            throw base::Failure::from_errno("syncing " + partial.string(), errno);
        }
    }
    if (::rename(partial.c_str(), path.c_str()) != 0) {
        throw base::Failure::from_errno("renaming " + partial.string(), errno);
    }
    base::sync_folder(path.parent_path());
}

std::optional<OpenUpload> read_note(const fs::path& path) {
    const auto file = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() && errno == ENOENT) return std::nullopt;
    if (!file.valid()) throw base::Failure::from_errno("opening " + path.string(), errno);
    std::array<std::byte, 8192> content{};  // far more than write_note() writes
    const ssize_t got = ::read(file.raw(), content.data(), content.size());
    if (got < 0) throw base::Failure::from_errno("reading " + path.string(), errno);
    auto open = note_from(base::as_text(std::span(content).first(static_cast<std::size_t>(got))));
    if (!open) base::log::warning("upload.note_damaged", {{"path", path.native()}});
    return open;
}

std::vector<std::filesystem::path> noted_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        auto path = entry.path();
        if (path.extension() != upload_note_extension) continue;
        files.push_back(path.replace_extension());
    }
    return files;
}

void remove_note(const fs::path& path) {
    unlink_if_there(partial_path(path));
    unlink_if_there(path);
}

}  // namespace xpc::sink::s3
