#include "cli/commands.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "cli/client.hpp"
#include "cli/command_line.hpp"
#include "cli/interrupts.hpp"
#include "cli/job.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/render.hpp"

namespace xpc::cli {

using base::text;

int run(const List& list, const Surroundings& surroundings) {
    ignore_broken_pipes();
    Client client(list.server, list.credentials);
    JobQuery query{.limit = list.limit,
                   .state = list.state,
                   .delivery = list.delivery,
                   .device = list.device,
                   .interface = list.interface,
                   .by = list.by,
                   .created_after = list.after,
                   .created_before = list.before};
    std::vector<Job> jobs;
    bool are_more = true;
    while (are_more && (list.all || jobs.empty())) {
        JobPage page = client.list(query, base::Stop());
        are_more = page.next.has_value();
        query.cursor = std::move(page.next);
        if (list.json) print(surroundings, page.json);  // of several pages, one after the other
        std::ranges::move(page.jobs, std::back_inserter(jobs));
    }
    if (list.json) return 0;
    print(surroundings,
          job_table(jobs, terminal_width(surroundings.out, surroundings.environment)));
    if (are_more) {
        write_if_possible(surroundings.err, "older jobs are left out: see --all and --limit\n");
    }
    return 0;
}

int run(const Show& show, const Surroundings& surroundings) {
    ignore_broken_pipes();
    Client client(show.server, show.credentials);
    if (show.transcript) {
        print(surroundings, printable_lines(client.transcript(show.id, base::Stop())));
        return 0;
    }
    const Job job = client.read(show.id, base::Stop());
    if (show.json) {
        print(surroundings, job.json);
    } else {
        print(surroundings, job_details(job));
    }
    return 0;
}

int run(const StopJob& stop, const Surroundings& surroundings) {
    ignore_broken_pipes();
    Client client(stop.server, stop.credentials);
    const Job job = client.end_capture(stop.id, base::Stop());
    if (stop.json) {
        print(surroundings, job.json);
    } else {
        print(surroundings, text(name_of(job), " ", phase_of(job), "\n"));
    }
    return 0;
}

int run(const DeleteJob& remove, const Surroundings& surroundings) {
    ignore_broken_pipes();
    Client client(remove.server, remove.credentials);
    const bool is_gone = client.remove(remove.id, base::Stop());
    print(surroundings, text("job ", remove.id, is_gone ? " deleted\n" : " is being deleted\n"));
    return 0;
}

int run(const ExtendJob& extend, const Surroundings& surroundings) {
    ignore_broken_pipes();
    Client client(extend.server, extend.credentials);
    const Job job = client.set_duration(extend.id, extend.duration, base::Stop());
    if (extend.json) {
        print(surroundings, job.json);
    } else {
        print(surroundings, text(name_of(job), " captures for ",
                                 base::human_duration(job.request.duration), "\n"));
    }
    return 0;
}

int run(const Text& text, const Surroundings& surroundings) {
    if (text.exit_code == 0) {
        print(surroundings, text.text);
    } else {
        write_if_possible(surroundings.err, text.text);
    }
    return text.exit_code;
}

int report(const base::Error& error, const Surroundings& surroundings) noexcept {
    const bool named = error.field.empty() || error.message.contains(error.field);
    std::string line = text("xepacketcap: ", named ? "" : text(printable(error.field), ": "),
                            printable(error.message), "\n");
    if (error.errc == base::Errc::usage) line += "see: xepacketcap --help\n";
    write_if_possible(surroundings.err, line);
    return base::traits(error.errc).exit_code;
}

}  // namespace xpc::cli
