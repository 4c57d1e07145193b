#include "daemon/local_tokens.hpp"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

#include "api/token_routes.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "daemon/data_dir.hpp"

namespace xpc::daemon {
namespace {

using base::Failure;
using base::text;

std::filesystem::path opened(const std::filesystem::path& data_dir) {
    DataDir::make(data_dir);
    struct stat status{};
    if (::stat(data_dir.c_str(), &status) != 0) {
        throw Failure::from_errno(text("data_dir ", data_dir.native()), errno);
    }
    const bool is_of_another = ::geteuid() == 0 && status.st_uid != 0;
    if (is_of_another && (::setegid(status.st_gid) != 0 || ::seteuid(status.st_uid) != 0)) {
        throw Failure::from_errno(text("data_dir ", data_dir.native(), ": its owner"), errno);
    }
    return DataDir::store_file(data_dir);
}

}  // namespace

LocalTokens::LocalTokens(const Config& config) : tokens_(opened(config.server.data_dir)) {}

base::Json LocalTokens::create(const base::Json& wanted) {
    auto token = base::value_or_throw(api::parse_token(wanted, base::wall_now()));
    return api::to_json(tokens_.create(std::move(token)));
}

base::Json LocalTokens::list() {
    return api::tokens_json(tokens_);
}

void LocalTokens::revoke(const std::string& id) {
    if (!tokens_.remove(id)) throw Failure(api::no_such_token(id));
}

}  // namespace xpc::daemon
