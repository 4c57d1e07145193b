#include "daemon/audit_check.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <system_error>

#include "base/audit_chain.hpp"
#include "base/text.hpp"

namespace xpc::daemon {
namespace {

namespace fs = std::filesystem;
using base::text;

/// Errors: corrupt, with the number of the line in the file; io.
[[nodiscard]] base::Result<std::uint64_t> read_into(base::ChainCheck& check, const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::unexpected(base::Failure::from_errno(path.native(), errno).error());
    std::uint64_t number = 0;
    const auto at_line = [&number](const base::Error& error) {
        return base::refuse(error.errc, text("line ", number, ": ", error.message));
    };
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (auto added = check.add(line); !added) return at_line(added.error());
    }
    if (auto end = check.finish(); !end) return at_line(end.error());
    return number;
}

}  // namespace

std::vector<fs::path> audit_files(const fs::path& file) {
    const std::string prefix = text(file.filename().native(), '.');
    std::map<std::uint64_t, fs::path> aside;
    std::error_code error;
    for (auto it = fs::directory_iterator(file.parent_path(), error);
         !error && it != fs::directory_iterator(); it.increment(error)) {
        const std::string name = it->path().filename();
        if (!name.starts_with(prefix)) continue;
        const auto last = base::parse_decimal<std::uint64_t>(name.substr(prefix.size()));
        if (last) aside.emplace(*last, it->path());
    }
    std::vector<fs::path> files;
    files.reserve(aside.size() + 1);
    for (const auto& [last, path] : aside)
        files.push_back(path);
    files.push_back(file);
    return files;
}

std::vector<base::Finding> check_audit(const std::vector<fs::path>& files) {
    std::vector<base::Finding> findings;
    base::ChainCheck check;
    for (const fs::path& path : files) {
        const auto torn_before = check.torn_lines();
        auto lines = read_into(check, path);
        base::Finding finding{.what = path.native(), .detail = {}, .error = {}};
        if (lines) {
            const auto torn = check.torn_lines() - torn_before;
            finding.detail = text(
                *lines, " lines", torn > 0 ? text(", ", torn, " cut off by a crash, and told") : "",
                "; the last is number ", check.end().lines, ", SHA-256 ", check.end().digest);
        } else {
            finding.error = std::move(lines.error());
        }
        findings.push_back(std::move(finding));
        if (findings.back().error) break;
    }
    return findings;
}

}  // namespace xpc::daemon
