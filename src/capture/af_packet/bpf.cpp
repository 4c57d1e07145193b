#include "capture/af_packet/bpf.hpp"

#include <memory>

#include <linux/if_packet.h>
#include <pcap/pcap.h>

#include "base/text.hpp"
#include "capture/af_packet/sll2.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

constexpr std::uint32_t ancillary(int offset) {
    return static_cast<std::uint32_t>(SKF_AD_OFF + offset);
}

// The loopback has this index in every network namespace (include/net/flow.h, LOOPBACK_IFINDEX).
constexpr std::uint32_t loopback_index = 1;

void append_prologue(Program& program, Outgoing outgoing) {
    constexpr std::uint16_t load = BPF_LD | BPF_W | BPF_ABS;
    constexpr std::uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;
    constexpr std::uint16_t give = BPF_RET | BPF_K;
    switch (outgoing) {
        case Outgoing::keep:
            return;
        case Outgoing::skip:
            program.push_back(BPF_STMT(load, ancillary(SKF_AD_PKTTYPE)));
            program.push_back(BPF_JUMP(equal, PACKET_OUTGOING, 0, 1));
            program.push_back(BPF_STMT(give, 0));
            return;
        case Outgoing::skip_loopback:
            program.push_back(BPF_STMT(load, ancillary(SKF_AD_PKTTYPE)));
            program.push_back(BPF_JUMP(equal, PACKET_OUTGOING, 0, 3));
            program.push_back(BPF_STMT(load, ancillary(SKF_AD_IFINDEX)));
            program.push_back(BPF_JUMP(equal, loopback_index, 0, 1));
            program.push_back(BPF_STMT(give, 0));
            return;
    }
}

/// libpcap compiles for the cooked header as it stands in a file, but a SOCK_DGRAM socket shows its
/// filter the packet without any: what lies behind the header moves to the front, and the protocol
/// is asked of the kernel (linux/filter.h, SKF_AD_PROTOCOL).
[[nodiscard]] Result<void> move_to_cooked_socket(Program& program) {
    for (sock_filter& step : program) {
        const auto kind = BPF_CLASS(step.code);
        if (kind != BPF_LD && kind != BPF_LDX) continue;
        const auto mode = BPF_MODE(step.code);
        if (mode != BPF_ABS && mode != BPF_IND && mode != BPF_MSH) continue;
        if (step.k >= sizeof(Sll2Header)) {
            step.k -= static_cast<std::uint32_t>(sizeof(Sll2Header));
        } else if (step.k == offsetof(Sll2Header, protocol) && mode == BPF_ABS) {
            step.k = ancillary(SKF_AD_PROTOCOL);
        } else {
            return refuse(Errc::invalid_value,
                          text("filter: reads byte ", step.k,
                               " of the cooked header, which the kernel can not show"));
        }
    }
    return {};
}

/// What libpcap calls a link type. The numbers of files are those of the library but for a few old
/// ones, which differ by system (pcap/dlt.h).
int dlt_of(pcap::LinkType link_type) {
    return link_type == pcap::LinkType::raw_ip ? DLT_RAW : static_cast<int>(link_type);
}

struct PcapClose {
    void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};

struct ProgramFree {
    void operator()(bpf_program* program) const noexcept { pcap_freecode(program); }
};

}  // namespace

Result<Program> compile(const std::string& expression, pcap::LinkType link_type,
                        std::uint32_t snaplen, Outgoing outgoing) {
    const std::unique_ptr<pcap_t, PcapClose> handle(pcap_open_dead_with_tstamp_precision(
        dlt_of(link_type), static_cast<int>(snaplen), PCAP_TSTAMP_PRECISION_NANO));
    if (!handle) return refuse(Errc::no_memory, "libpcap: out of memory");
    bpf_program compiled{};
    // optimised; without a netmask, which only "ip broadcast" would want
    if (pcap_compile(handle.get(), &compiled, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
        return refuse(Errc::invalid_value, text("filter: ", pcap_geterr(handle.get())), "filter");
    }
    const std::unique_ptr<bpf_program, ProgramFree> owned(&compiled);
    Program body;
    for (const bpf_insn& step : std::span(compiled.bf_insns, compiled.bf_len)) {
        body.push_back({.code = step.code, .jt = step.jt, .jf = step.jf, .k = step.k});
    }
    if (link_type == pcap::LinkType::linux_sll2) {
        if (auto moved = move_to_cooked_socket(body); !moved) {
            return std::unexpected(std::move(moved.error()));
        }
    }
    Program program;
    append_prologue(program, outgoing);
    program.insert(program.end(), body.begin(), body.end());
    return program;
}

Program drop_all() {
    return {BPF_STMT(BPF_RET | BPF_K, 0)};
}

}  // namespace xpc::capture::af_packet
