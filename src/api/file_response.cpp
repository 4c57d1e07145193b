#include "api/file_response.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "api/byte_range.hpp"
#include "api/problem.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "sink/file_sink.hpp"
#include "sink/object_options.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

/// Of a file by its name.
std::string content_type(std::string_view name) {
    const bool is_compressed = name.ends_with(sink::compressed_extension);
    return std::string(
        sink::content_type(is_compressed ? sink::Compression::zstd : sink::Compression::none));
}

bool lists(std::string_view header, std::string_view etag) {
    for (const std::string_view one : base::split(header, ',')) {
        std::string_view tag = base::trimmed(one);
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == etag || tag == "*") return true;
    }
    return false;
}

/// What names the file in messages, and what is said of it besides its bytes.
struct FileHead {
    std::string what;
    std::string content_type;
    std::string disposition;             ///< empty: it is shown
    std::optional<std::uint64_t> bytes;  ///< the first so many; else all
    std::string etag;                    ///< of these
};

[[nodiscard]] Result<Response> respond(const Request& request, const std::filesystem::path& path,
                                       const FileHead& head) {
    // O_NOFOLLOW: a name in a bucket is a file that was captured, or nothing
    auto file = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status{};
    if (!file.valid() || ::fstat(file.raw(), &status) != 0 || !S_ISREG(status.st_mode)) {
        if (!file.valid() && errno != ENOENT && errno != ELOOP) {
            throw base::Failure::from_errno(path.native(), errno);
        }
        return refuse(Errc::not_found, text(head.what, ": no such object"));
    }
    const auto size = head.bytes.value_or(static_cast<std::uint64_t>(status.st_size));
    const auto modified = base::WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                                         std::chrono::nanoseconds(status.st_mtim.tv_nsec));
    const std::string etag =
        text('"', head.bytes ? head.etag : sink::object_etag(size, modified), '"');
    Response response;
    response.headers = {{"Content-Type", head.content_type},
                        {"Accept-Ranges", "bytes"},
                        {"ETag", etag},
                        {"Last-Modified", base::http_date(modified)},
                        {"X-Content-Type-Options", "nosniff"}};
    if (!head.disposition.empty()) {
        response.headers.emplace_back("Content-Disposition", head.disposition);
    }
    const std::string_view known = request.header("if-none-match");
    if (!known.empty() && lists(known, etag)) {
        response.status = 304;
        return response;
    }
    const std::string_view if_range = request.header("if-range");
    const bool same = if_range.empty() || if_range == etag;
    const auto answer = parse_range(same ? request.header("range") : std::string_view(), size);
    if (answer.kind == RangeKind::unsatisfiable) {
        Response refusal = problem({.errc = Errc::range_not_satisfiable,
                                    .message = text("range ", base::quoted(request.header("range")),
                                                    ": the object has ", size, " bytes"),
                                    .field = {}});
        refusal.headers.emplace_back("Content-Range", text("bytes */", size));
        return refusal;
    }
    if (answer.kind == RangeKind::part) {
        response.status = 206;
        response.headers.emplace_back(
            "Content-Range", text("bytes ", answer.range.first, '-',
                                  answer.range.first + answer.range.length - 1, '/', size));
    }
    response.file = FileBody{
        .file = std::move(file), .offset = answer.range.first, .length = answer.range.length};
    return response;
}

FileHead head_of_download(const std::string& name) {
    return {.what = text("object ", base::quoted(name)),
            .content_type = content_type(name),
            .disposition = text("attachment; filename=\"", name, '"')};
}

}  // namespace

Result<Response> file_response(const Request& request, const std::filesystem::path& path,
                               const std::string& download_name) {
    return respond(request, path, head_of_download(download_name));
}

Result<Response> growing_file_response(const Request& request, const std::filesystem::path& path,
                                       const std::string& download_name, std::uint64_t bytes,
                                       const std::string& etag) {
    FileHead head = head_of_download(download_name);
    head.bytes = bytes;
    head.etag = etag;
    auto response = respond(request, path, head);
    if (response) response->headers.emplace_back("Cache-Control", "no-cache");
    return response;
}

Result<Response> text_response(const Request& request, const std::filesystem::path& path) {
    return respond(
        request, path,
        {.what = path.native(), .content_type = "text/plain; charset=us-ascii", .disposition = {}});
}

}  // namespace xpc::api
