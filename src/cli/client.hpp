#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_client.hpp"
#include "base/json.hpp"
#include "base/stop.hpp"
#include "cli/job.hpp"
#include "cli/server_choice.hpp"

namespace xpc::cli {

struct JobQuery {
    std::optional<unsigned> limit;
    std::optional<std::string> state;
    std::optional<std::string> delivery;
    std::optional<std::string> device;
    std::optional<std::string> interface;
    std::optional<std::string> by;
    std::optional<std::string> created_after;
    std::optional<std::string> created_before;
    std::optional<std::string> cursor;  ///< of the page before
};

struct JobPage {
    std::vector<Job> jobs;
    std::optional<std::string> next;  ///< the cursor of those that the limit left out
    base::Json json;                  ///< the whole reply
};

/// The public API of one server (docs/http-api.md).
/// Errors:   Failure with the server's own code, message and field where it refuses;
///           Failure(server_unreachable) when nothing answers, or something that is no xepacketcap;
///           Failure(cancelled) when `stop` came first.
/// Blocking: each call for one reply, at most 10 s, rehearse() two minutes; download() as long as
///           bytes come.
/// Threads:  one client per thread.
class Client {
public:
    using Consumer = std::function<void(std::span<const std::byte>)>;

    /// `server` is "http[s]://HOST[:PORT]", without a slash at its end.
    explicit Client(std::string server, Credentials credentials = {});

    /// What would become of the request: the server's reply.
    [[nodiscard]] base::Json rehearse(const base::Json& request, const base::Stop& stop);

    /// The job, with another end.
    [[nodiscard]] Job set_duration(std::string_view id, const std::string& duration,
                                   const base::Stop& stop);

    [[nodiscard]] Job submit(const base::Json& request, const base::Stop& stop);
    [[nodiscard]] Job read(std::string_view id, const base::Stop& stop);
    /// What was said to the job's device.
    [[nodiscard]] std::string transcript(std::string_view id, const base::Stop& stop);
    [[nodiscard]] JobPage list(const JobQuery& query, const base::Stop& stop);

    /// Ends the capture and keeps it; the job as it is after the server has accepted that.
    [[nodiscard]] Job end_capture(std::string_view id, const base::Stop& stop);
    /// False where the job's device or its store takes a while, and it goes by itself.
    [[nodiscard]] bool remove(std::string_view id, const base::Stop& stop);

    /// Hands the bytes of the job's file to `consume`, also from S3 when the server points there.
    /// Returns how many there were: as many as `job.object` says, where there is one.
    /// Errors: also Failure(corrupt) when it is another number; what `consume` throws.
    std::uint64_t download(const Job& job, const Consumer& consume, const base::Stop& stop);

    /// What /api/v1/tokens says.
    [[nodiscard]] base::Json create_token(const base::Json& wanted, const base::Stop& stop);
    [[nodiscard]] base::Json tokens(const base::Stop& stop);
    void revoke_token(std::string_view id, const base::Stop& stop);

    /// Hands the bytes of the job's capture to `consume` as they come, until the capture ends.
    /// Blocking: also where none come. Errors: likewise.
    void stream(std::string_view id, const Consumer& consume, const base::Stop& stop);

    [[nodiscard]] const std::string& server() const noexcept { return server_; }

private:
    [[nodiscard]] base::HttpReply send(base::HttpRequest request, const base::Stop& stop,
                                       base::Deadline deadline);
    [[nodiscard]] base::HttpReply reply_to(const base::HttpRequest& request, const base::Stop& stop,
                                           base::Deadline deadline);
    [[nodiscard]] base::Json json_of(const base::HttpReply& reply) const;
    [[nodiscard]] Job job_of(const base::HttpReply& reply) const;
    [[noreturn]] void refuse_by(const base::HttpReply& reply) const;
    [[noreturn]] void not_ours(const base::HttpReply& reply) const;

    std::string server_;
    std::string token_;
    base::HttpClient http_;
    bool reached_ = false;  ///< whether there has been a reply: then nobody needs to start a server
};

/// Whether it may be over in a moment: a server that restarts, a proxy without its server, too many
/// connections.
[[nodiscard]] bool is_outage(const base::Error& error) noexcept;

}  // namespace xpc::cli
