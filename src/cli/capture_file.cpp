#include "cli/capture_file.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/sync_folder.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"

namespace xpc::cli {
namespace {

using base::Errc;
using base::Failure;
using base::text;

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
    throw Failure(
        base::Error{.errc = Errc::usage, .message = text("-w ", path, ": ", why), .field = "-w"});
}

void refuse_what_is_there(const CaptureFile::Options& options) {
    struct stat there{};
    if (::stat(options.path.c_str(), &there) != 0) return;  // open() says what else may be wrong
    if (S_ISDIR(there.st_mode)) refuse(options.path, "is a folder");
    // renamed over, a device or a pipe would be gone
    if (!S_ISREG(there.st_mode)) refuse(options.path, "is no plain file; use -w - and redirect it");
    if (!options.overwrite) refuse(options.path, "exists already; replace it with --force");
}

}  // namespace

CaptureFile::CaptureFile(Options options) : options_(std::move(options)) {
    refuse_what_is_there(options_);
    const std::filesystem::path path(options_.path);
    const std::string name = path.filename().string();
    if (name.empty()) refuse(options_.path, "names no file");
    folder_ = path.has_parent_path() ? path.parent_path().string() : ".";
    part_ = text(folder_, "/.", name, ".", ::getpid(), ".part");
    constexpr mode_t as_umask_has_it = 0666;
    fd_ = base::UniqueFd::adopt(
        ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, as_umask_has_it));
    if (fd_.valid()) return;
    part_.clear();
    if (errno == ENOENT || errno == ENOTDIR) refuse(options_.path, "there is no such folder");
    throw Failure::from_errno(text("-w ", options_.path), errno);
}

CaptureFile::~CaptureFile() {
    if (!part_.empty()) ::unlink(part_.c_str());
}

void CaptureFile::append(std::span<const std::byte> bytes, const base::Stop& stop) {
    write_all(fd_, bytes, text("-w ", options_.path), stop);
}

void CaptureFile::commit() {
    const std::string what = text("-w ", options_.path);
    if (::fsync(fd_.raw()) != 0) throw Failure::from_errno(what, errno);
    // link(2) is the one way that never replaces; the file is then there under both names
    if (options_.overwrite || ::link(part_.c_str(), options_.path.c_str()) != 0) {
        const bool no_links = errno == EPERM || errno == EOPNOTSUPP;  // FAT has none
        if (!options_.overwrite && !no_links) throw Failure::from_errno(what, errno);
        refuse_what_is_there(options_);
        if (std::rename(part_.c_str(), options_.path.c_str()) != 0) {
            throw Failure::from_errno(what, errno);
        }
    }
    ::unlink(part_.c_str());
    part_.clear();
    base::sync_folder(folder_);
}

}  // namespace xpc::cli
