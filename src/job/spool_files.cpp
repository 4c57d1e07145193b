#include "job/spool_files.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

#include "base/text.hpp"
#include "job/object_keys.hpp"
#include "sink/spool_file.hpp"

namespace xpc::job {
namespace {

constexpr std::string_view extension = ".pcap";
constexpr std::size_t id_length = 36;  // RFC 9562, 4: the text of a UUID

/// 7 for "ID-0007.pcap".
std::optional<std::uint32_t> segment_number(std::string_view name, std::string_view job_id) {
    if (!name.starts_with(job_id) || !name.ends_with(extension)) return std::nullopt;
    name.remove_prefix(job_id.size());
    name.remove_suffix(extension.size());
    if (!name.starts_with('-')) return std::nullopt;
    const auto digits = name.substr(std::min(name.find_first_not_of('0', 1), name.size()));
    return base::parse_decimal<std::uint32_t>(digits);
}

/// Those whose names begin so, but for notes.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& spool_dir,
                                            std::string_view beginning) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(spool_dir, error)) {
        if (entry.path().extension() == sink::upload_note_extension) continue;
        if (entry.path().filename().native().starts_with(beginning)) files.push_back(entry.path());
    }
    return files;
}

}  // namespace

std::filesystem::path spool_path(const std::filesystem::path& spool_dir, std::string_view job_id) {
    return spool_dir / base::text(job_id, extension);
}

std::filesystem::path segment_spool_path(const std::filesystem::path& spool_dir,
                                         std::string_view job_id, std::uint32_t number) {
    return spool_dir / segment_key(base::text(job_id, extension), number);
}

std::string job_of_spool_file(std::string_view name) {
    return std::string(name.substr(0, id_length));
}

std::vector<std::uint32_t> spooled_segments(const std::filesystem::path& spool_dir,
                                            std::string_view job_id) {
    std::vector<std::uint32_t> numbers;
    for (const auto& file : files_of(spool_dir, job_id)) {
        const std::string name = file.filename().native();
        if (const auto number = segment_number(name, job_id)) numbers.push_back(*number);
    }
    std::ranges::sort(numbers);
    return numbers;
}

void remove_spool_files(const std::filesystem::path& spool_dir, std::string_view job_id) {
    for (const auto& file : files_of(spool_dir, job_id))
        sink::remove_spool_file(file);
}

void remove_set_aside(const std::filesystem::path& spool_dir, std::string_view job_id) {
    for (const auto& file : files_of(spool_dir, base::text(set_aside_prefix, job_id)))
        sink::remove_spool_file(file);
}

}  // namespace xpc::job
