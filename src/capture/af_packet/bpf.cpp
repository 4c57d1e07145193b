#include "capture/af_packet/bpf.hpp"

#include <memory>
#include <mutex>
#include <span>

#include <pcap/pcap.h>

#include "base/text.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::Errc;
using base::refuse;
using base::Result;

// libpcap's optimiser takes time with the square of what it is given and more: 0.2 s for 7,600
// instructions, 28 s for 4,000 bytes of port numbers (1.10.3, one core of 2024).
constexpr unsigned most_unoptimised = 8192;

/// What libpcap calls a link type. The numbers of files are those of the library but for a few old
/// ones, which differ by system (pcap/dlt.h).
int dlt_of(pcap::LinkType link_type) {
    return link_type == pcap::LinkType::raw_ip ? DLT_RAW : static_cast<int>(link_type);
}

struct PcapClose {
    void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};

[[nodiscard]] Result<Program> compile_once(const std::string& expression, pcap::LinkType link_type,
                                           std::uint32_t snaplen, bool optimised) {
    const std::unique_ptr<pcap_t, PcapClose> handle(pcap_open_dead_with_tstamp_precision(
        dlt_of(link_type), static_cast<int>(snaplen), PCAP_TSTAMP_PRECISION_NANO));
    if (!handle) return refuse(Errc::no_memory, "libpcap: out of memory");
    bpf_program compiled{};
    // without a netmask, which only "ip broadcast" would want
    if (pcap_compile(handle.get(), &compiled, expression.c_str(), optimised ? 1 : 0,
                     PCAP_NETMASK_UNKNOWN) != 0) {
        constexpr std::string_view common = "can't parse filter expression: ";
        std::string_view message = pcap_geterr(handle.get());
        if (message.starts_with(common)) message.remove_prefix(common.size());
        return refuse(Errc::invalid_value, std::string(message), "filter");
    }
    Program program;
    for (const bpf_insn& step : std::span(compiled.bf_insns, compiled.bf_len)) {
        program.push_back({.code = step.code, .jt = step.jt, .jf = step.jf, .k = step.k});
    }
    pcap_freecode(&compiled);
    return program;
}

}  // namespace

Result<Program> compile_text(const std::string& expression, pcap::LinkType link_type,
                             std::uint32_t snaplen) {
    auto program = compile_once(expression, link_type, snaplen, false);
    if (!program) return program;
    if (program->size() <= most_unoptimised) {
        program = compile_once(expression, link_type, snaplen, true);
        if (!program) return program;
    }
    if (program->size() > BPF_MAXINSNS) {
        return refuse(Errc::invalid_value,
                      base::text("too much for one filter: makes ", program->size(),
                                 " instructions, and the kernel takes ", BPF_MAXINSNS),
                      "filter");
    }
    return program;
}

std::vector<std::string> listing(const Program& program) {
    static std::mutex mutex;  // bpf_image() has one buffer for all threads (libpcap 1.10.3)
    const std::lock_guard lock(mutex);
    std::vector<std::string> lines;
    for (const sock_filter& step : program) {
        const bpf_insn instruction{.code = step.code, .jt = step.jt, .jf = step.jf, .k = step.k};
        lines.emplace_back(bpf_image(&instruction, static_cast<int>(lines.size())));
    }
    return lines;
}

Program drop_all() {
    return {BPF_STMT(BPF_RET | BPF_K, 0)};
}

}  // namespace xpc::capture::af_packet
