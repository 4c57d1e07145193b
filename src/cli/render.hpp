#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/job.hpp"

// What a person sees of jobs. All text that came from a server is made printable.
namespace xpc::cli {

/// A job while its capture goes on.
/// Lifetime: borrows the job.
struct Progress {
    const Job& job;
    std::chrono::milliseconds elapsed{};  ///< since the capture was first seen running
    std::optional<std::uint64_t> packets_per_second;
};

/// One line for a terminal of `width` columns, of which the last stays free (some terminals wrap
/// there). What matters least goes first where there is no room; packets lost never do.
[[nodiscard]] std::string progress_bar(const Progress& progress, std::size_t width, bool color);

/// "job 905928 running: 4 s of 10 s, 1,234 packets, 1.2 MB, 0 lost": for logs.
[[nodiscard]] std::string progress_line(const Progress& progress);

/// What came of an ended job, in lines.
/// `file`: where the capture was written, if it was. `server`: the server's URL.
[[nodiscard]] std::string summary(const Job& job, const std::optional<std::string>& file,
                                  std::string_view server);

/// Everything that is known of a job, in lines.
[[nodiscard]] std::string job_details(const Job& job);

/// One line for each job below a line of titles; not wider than `width`, if that is given.
[[nodiscard]] std::string job_table(const std::vector<Job>& jobs, std::optional<std::size_t> width);

/// "job 905928".
[[nodiscard]] std::string name_of(const Job& job);

/// The one word that says how far it is: the state, and once stopped, the delivery.
[[nodiscard]] std::string phase_of(const Job& job);

/// "tcp 10.0.0.1 <-> any", "everything".
[[nodiscard]] std::string filter_text(const Job::Request& request);

/// "0", or how many packets and where; and that it is not all that is known to be lost, where the
/// server was killed.
[[nodiscard]] std::string lost_text(const Job& job);

}  // namespace xpc::cli
