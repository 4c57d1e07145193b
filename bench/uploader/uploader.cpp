// xpc-uploader BUCKET KEY FILE [--stdin] [--part-mib N]: delivers one file as xepacketcap does, and
// prints the receipt as a line of JSON.
//
//   --stdin       FILE does not exist: it becomes the spool of what comes on standard input, is
//                 delivered while it grows, and is removed once the store has confirmed the object
//   --part-mib N  the size of a part, in place of the default of `s3.part_size`
//
// Everything else is taken from the AWS_* variables, as by the server. One upload is tried once: a
// server would go on trying.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "sink/part_pool.hpp"
#include "sink/s3_options.hpp"
#include "sink/sinks.hpp"
#include "sink/spool.hpp"
#include "sink/spool_writers.hpp"
#include "uploader/stream.hpp"

namespace {

using namespace xpc;

constexpr std::string_view usage = "xpc-uploader BUCKET KEY FILE [--stdin] [--part-mib N]\n";

// the buffers of a server with the default of `capture.memory`, half of which is for rings
constexpr std::size_t pool_part_bytes = std::size_t{128} << 10U;
constexpr std::size_t pool_part_count = 256;

struct Invocation {
    std::string bucket;
    std::string key;
    std::filesystem::path file;
    bool is_stream = false;
    std::optional<std::uint64_t> part_bytes;
};

[[nodiscard]] base::Result<Invocation> parse(std::span<const std::string_view> arguments) {
    if (arguments.size() < 3) return base::refuse(base::Errc::usage, "too few arguments");
    Invocation made{.bucket = std::string(arguments[0]),
                    .key = std::string(arguments[1]),
                    .file = arguments[2]};
    for (std::size_t at = 3; at < arguments.size(); ++at) {
        if (arguments[at] == "--stdin") {
            made.is_stream = true;
            continue;
        }
        const auto mebibytes = arguments[at] == "--part-mib" && at + 1 < arguments.size()
                                   ? base::parse_decimal<std::uint32_t>(arguments[at + 1])
                                   : std::nullopt;
        if (!mebibytes) return base::refuse(base::Errc::usage, "--part-mib takes a number");
        made.part_bytes = std::uint64_t{*mebibytes} << 20U;
        ++at;
    }
    return made;
}

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

sink::Receipt deliver_file(const sink::Sinks& sinks, const sink::Destination& destination,
                           const std::filesystem::path& file) {
    const base::Stop nobody;
    const auto sink = sinks.open(destination, {}, file);
    return sink->finish(std::filesystem::file_size(file), {}, nobody);
}

sink::Receipt deliver_stream(const sink::Sinks& sinks, const sink::Destination& destination,
                             const std::filesystem::path& file) {
    const base::Stop nobody;
    sink::PartPool pool(pool_part_bytes, pool_part_count);
    pool.touch(pool_part_count);
    sink::SpoolWriters writers;
    sink::Spool spool(file, writers);
    const auto sink = sinks.open(destination, {}, file);
    const auto total_bytes =
        bench::copy_stream(base::Fd::borrow(STDIN_FILENO), spool, pool,
                           [&](std::uint64_t final_bytes) { sink->advance(final_bytes); });
    auto receipt = sink->finish(total_bytes, {}, nobody);
    std::filesystem::remove(file);
    return receipt;
}

void run(const Invocation& asked) {
    auto options =
        base::value_or_throw(sink::s3_options({.part_bytes = asked.part_bytes}, environment));
    if (!options) throw base::Failure(base::Errc::config, "S3 is not configured: see AWS_*");
    const sink::Sinks sinks({.objects_dir = {}, .s3 = std::move(options)});
    const sink::Destination destination{
        .store = sink::StoreKind::s3, .bucket = asked.bucket, .key = asked.key};
    const auto receipt = asked.is_stream ? deliver_stream(sinks, destination, asked.file)
                                         : deliver_file(sinks, destination, asked.file);
    std::printf("%s\n", base::Json::object({{"bucket", receipt.bucket},
                                            {"key", receipt.key},
                                            {"bytes", receipt.bytes},
                                            {"etag", receipt.etag},
                                            {"sha256", receipt.sha256}})
                            .dump()
                            .c_str());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::vector<std::string_view> arguments(argv + 1, argv + argc);
        const auto asked = parse(arguments);
        if (!asked) {
            std::fprintf(stderr, "xpc-uploader: %s\n%s", asked.error().message.c_str(),
                         usage.data());
            return 2;
        }
        run(*asked);
        return 0;
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "xpc-uploader: %s\n", failed.what());
        return 1;
    }
}
