#include "capture/af_packet/bpf_filter.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <linux/if_packet.h>

#include "base/text.hpp"
#include "capture/af_packet/bpf_combine.hpp"
#include "capture/af_packet/bpf_text.hpp"
#include "capture/af_packet/match.hpp"
#include "capture/af_packet/sll2.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::Error;
using base::Result;
using base::text;
using pcap::LinkType;

// libpcap's message for an expression that its optimiser finds impossible
constexpr std::string_view accepts_nothing = "expression rejects all packets";

// Already what libpcap does before it optimises takes time with the square of this: 5.5 s for 600
// ports, 0.6 s for the 256 that are let through here (1.10.3).
constexpr std::size_t most_rough_size = 16'384;

constexpr std::uint32_t ancillary(int offset) {
    return static_cast<std::uint32_t>(SKF_AD_OFF + offset);
}

// The loopback has this index in every network namespace (include/net/flow.h, LOOPBACK_IFINDEX).
constexpr std::uint32_t loopback_index = 1;

/// What the direction leaves of the frames, before anything else is asked of them.
Program direction_program(Direction direction, Outgoing outgoing, std::uint32_t snaplen) {
    constexpr std::uint16_t load = BPF_LD | BPF_W | BPF_ABS;
    constexpr std::uint16_t equal = BPF_JMP | BPF_JEQ | BPF_K;
    constexpr std::uint16_t give = BPF_RET | BPF_K;
    constexpr sock_filter load_type = BPF_STMT(load, ancillary(SKF_AD_PKTTYPE));
    const bool out = direction == Direction::out;
    if (out || direction == Direction::in || outgoing == Outgoing::skip) {
        return {load_type, BPF_JUMP(equal, PACKET_OUTGOING, 0, 1),
                BPF_STMT(give, out ? snaplen : 0), BPF_STMT(give, out ? 0 : snaplen)};
    }
    if (outgoing == Outgoing::keep) return accept_all(snaplen);
    return {load_type,
            BPF_JUMP(equal, PACKET_OUTGOING, 0, 3),
            BPF_STMT(load, ancillary(SKF_AD_IFINDEX)),
            BPF_JUMP(equal, loopback_index, 0, 1),
            BPF_STMT(give, 0),
            BPF_STMT(give, snaplen)};
}

/// libpcap compiles for the cooked header as it stands in a file, but a SOCK_DGRAM socket shows its
/// filter the packet without any: what lies behind the header moves to the front, and what the
/// header says is asked of the kernel (linux/filter.h, "ancillary data").
[[nodiscard]] Result<Program> for_cooked_socket(Program program) {
    struct Field {
        std::uint32_t offset;
        std::uint16_t width;
        int ancillary;
    };

    constexpr auto fields = std::to_array<Field>({
        {offsetof(Sll2Header, protocol), BPF_H, SKF_AD_PROTOCOL},
        {offsetof(Sll2Header, interface_index), BPF_W, SKF_AD_IFINDEX},
        {offsetof(Sll2Header, hardware_type), BPF_H, SKF_AD_HATYPE},
        {offsetof(Sll2Header, packet_type), BPF_B, SKF_AD_PKTTYPE},
    });
    for (sock_filter& step : program) {
        const auto kind = BPF_CLASS(step.code);
        const auto mode = BPF_MODE(step.code);
        const bool loads = (kind == BPF_LD && (mode == BPF_ABS || mode == BPF_IND)) ||
                           (kind == BPF_LDX && mode == BPF_MSH);
        if (!loads || step.k >= ancillary(0)) continue;
        if (step.k >= sizeof(Sll2Header)) {
            step.k -= static_cast<std::uint32_t>(sizeof(Sll2Header));
            continue;
        }
        const auto* const field = std::ranges::find_if(fields, [&](const Field& known) {
            return step.k == known.offset && BPF_SIZE(step.code) == known.width;
        });
        if (mode != BPF_ABS || field == fields.end()) {
            return base::refuse(
                base::Errc::invalid_value,
                text("reads byte ", step.k, " of the cooked header, which the kernel can not show"),
                "filter");
        }
        step.k = ancillary(field->ancillary);
    }
    return program;
}

/// As libpcap compiles it, for the socket that the link type goes with.
[[nodiscard]] Result<Program> for_socket(const std::string& expression, LinkType link_type,
                                         std::uint32_t snaplen) {
    auto program = compile_text(expression, link_type, snaplen);
    if (!program || link_type != LinkType::linux_sll2) return program;
    return for_cooked_socket(std::move(*program));
}

/// How many of the first tokens libpcap reads before it says `message`; nothing where it only finds
/// out at the end. It tells no position, but its scanner says which number is too large as soon as
/// the parser asks for it: a number behind the first tokens shows whether the parser got there.
std::size_t tokens_before(const std::string& message, std::span<const Token> tokens,
                          LinkType link_type) {
    constexpr std::string_view too_large = "98765432109";
    const auto fails_within = [&](std::size_t count) {
        const auto program =
            compile_text(text(joined(tokens.first(count)), " ", too_large), link_type, 1);
        return !program && program.error().message == message;
    };
    std::size_t low = 0;
    std::size_t high = tokens.size();
    if (!fails_within(high)) return 0;
    while (high - low > 1) {
        const std::size_t middle = low + (high - low) / 2;
        (fails_within(middle) ? high : low) = middle;
    }
    return high;
}

/// libpcap's message with the position that it is about.
[[nodiscard]] std::unexpected<Error> explain(std::string_view expression,
                                             const std::string& message,
                                             std::span<const Token> tokens, LinkType link_type) {
    const std::size_t count = tokens_before(message, tokens, link_type);
    const bool syntax = message == "syntax error";
    if (count == 0) {
        return refuse_expression(expression, syntax ? "ends too early" : message);
    }
    const Token* at = &tokens[count - 1];
    if (syntax) {
        return refuse_expression(expression, text("syntax error at character ", at->at, ", near ",
                                                  base::quoted(at->text)));
    }
    // what is wrong with a word is often found with the next one: it is the one that is named
    std::size_t longest = 0;
    for (const Token& token : tokens.first(count)) {
        if (token.kind != Token::Kind::sign && token.kind != Token::Kind::keyword &&
            token.text.size() >= longest && message.contains(token.text)) {
            longest = token.text.size();
            at = &token;
        }
    }
    return refuse_expression(expression, text(message, ", at character ", at->at));
}

struct Reader {
    std::string_view expression;
    LinkType link_type;
    std::uint32_t snaplen;

    [[nodiscard]] Result<Program> read(std::span<const Token> tokens) const {
        auto program = for_socket(joined(tokens), link_type, snaplen);
        if (program) return program;
        const std::string message = program.error().message;
        if (message == accepts_nothing) return program;
        return explain(expression, message, tokens, link_type);
    }
};

/// A name would be asked of a name server while somebody waits. With an address in its place it is
/// known whether the rest is right, and libpcap has nothing to ask.
[[nodiscard]] Result<void> refuse_names(const Reader& reader, std::vector<Token> tokens) {
    const auto names = looked_up(tokens);
    if (names.empty()) return {};
    for (const std::size_t name : names)
        tokens[name].meaning = "0.0.0.0";
    const auto program = reader.read(tokens);
    if (!program && program.error().message.contains("syntax error")) {
        return std::unexpected(program.error());
    }
    const Token& first = tokens[names.front()];
    return refuse_expression(
        reader.expression,
        text(base::quoted(first.text), " at character ", first.at,
             " is no word of the language; if it is a host or a network, write its address"));
}

[[nodiscard]] Result<Program> expression_program(const Reader& reader) {
    const auto tokens = tokens_of(reader.expression);
    if (!tokens) return std::unexpected(tokens.error());
    if (rough_size(*tokens) > most_rough_size) {
        return refuse_expression(reader.expression, "too many ports or addresses for one filter");
    }
    const bool tags =
        reader.link_type != LinkType::raw_ip &&
        std::ranges::find(*tokens, std::string_view("vlan"), &Token::text) != tokens->end();
    const auto stripped = tags ? about_stripped_tag(*tokens) : *tokens;
    const bool cooked = reader.link_type == LinkType::linux_sll2;
    if (auto named = refuse_names(reader, cooked ? stripped : *tokens); !named) {
        return std::unexpected(std::move(named.error()));
    }
    const auto impossible = [](const Result<Program>& program) {
        return !program && program.error().message == accepts_nothing;
    };
    auto program = reader.read(cooked ? stripped : *tokens);
    if (tags && !cooked) {
        auto other = reader.read(stripped);
        if (impossible(program) != impossible(other)) {
            (impossible(program) ? program : other) = drop_all();
        }
        if (program && other) {
            program = by_tag(*program, *other);
            if (!program) return refuse_expression(reader.expression, program.error().message);
        } else if (program) {
            program = std::move(other);
        }
    }
    if (impossible(program)) {
        return refuse_expression(reader.expression, "no frame can match it");
    }
    if (program && !Matcher::load(*program)) {
        return refuse_expression(reader.expression,
                                 "needs what the kernel does not do for a filter, such as the loop "
                                 "of \"protochain\"");
    }
    return program;
}

}  // namespace

Result<Program> compile(const Filter& filter, LinkType link_type, std::uint32_t snaplen,
                        Outgoing outgoing) {
    auto program = for_socket(pcap_expression(filter, link_type), link_type, snaplen);
    if (program && !filter.expression.empty()) {
        auto own = expression_program({filter.expression, link_type, snaplen});
        if (!own) return own;
        program = both(*program, *own);
    }
    if (program) {
        program = both(direction_program(filter.direction, outgoing, snaplen), *program);
    }
    if (program) return with_cut(std::move(*program), snaplen);
    return base::refuse(program.error().errc, text("filter: ", program.error().message), "filter");
}

}  // namespace xpc::capture::af_packet
