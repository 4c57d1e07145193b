#include "capture/af_packet/bpf_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::text;
using Kind = Token::Kind;

// scanner.l of libpcap 1.10; case matters there. A word that is missing here is taken for a name,
// and refused where a name could be a host's.
constexpr auto keywords = std::to_array<std::string_view>({
    "dst",      "src",     "link",     "ether",      "ppp",         "slip",       "fddi",
    "tr",       "wlan",    "arp",      "rarp",       "ip",          "sctp",       "tcp",
    "udp",      "icmp",    "igmp",     "igrp",       "pim",         "vrrp",       "carp",
    "radio",    "ip6",     "icmp6",    "ah",         "esp",         "atalk",      "aarp",
    "decnet",   "lat",     "sca",      "moprc",      "mopdl",       "iso",        "esis",
    "es-is",    "isis",    "is-is",    "l1",         "l2",          "iih",        "lsp",
    "snp",      "csnp",    "psnp",     "clnp",       "stp",         "ipx",        "netbeui",
    "host",     "net",     "mask",     "port",       "portrange",   "proto",      "protochain",
    "gateway",  "type",    "subtype",  "direction",  "dir",         "address1",   "addr1",
    "address2", "addr2",   "address3", "addr3",      "address4",    "addr4",      "ra",
    "ta",       "less",    "greater",  "byte",       "broadcast",   "multicast",  "and",
    "or",       "not",     "len",      "length",     "inbound",     "outbound",   "ifindex",
    "vlan",     "mpls",    "pppoed",   "pppoes",     "geneve",      "lane",       "llc",
    "metac",    "bcc",     "oam",      "oamf4",      "oamf4ec",     "oamf4sc",    "sc",
    "ilmic",    "vpi",     "vci",      "connectmsg", "metaconnect", "on",         "ifname",
    "rset",     "ruleset", "rnr",      "rulenum",    "srnr",        "subrulenum", "reason",
    "action",   "fisu",    "lssu",     "lsu",        "msu",         "hfisu",      "hlssu",
    "hmsu",     "sio",     "opc",      "dpc",        "sls",         "hsio",       "hopc",
    "hdpc",     "hsls",
});

/// Keywords behind which a name is looked for in /etc/services, /etc/protocols or libpcap itself.
constexpr auto naming = std::to_array<std::string_view>(
    {"port", "portrange", "proto", "protochain", "type", "subtype", "dir", "direction", "llc"});

constexpr auto two_signs =
    std::to_array<std::string_view>({">=", "<=", "!=", "==", "<<", ">>", "&&", "||"});
constexpr std::string_view signs = "+-*/%:[]!<>()&|^=";

template <std::size_t Count>
bool is_in(const std::array<std::string_view, Count>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

bool is_hex(char c) {
    return base::is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_number(std::string_view word) {
    if (word.starts_with("0x") || word.starts_with("0X")) {
        return word.size() > 2 && std::ranges::all_of(word.substr(2), is_hex);
    }
    return !word.empty() && std::ranges::all_of(word, base::is_digit);
}

bool is_named_number(std::string_view word) {
    return word == "tcpflags" || word == "icmptype" || word == "icmpcode" || word == "icmp6type" ||
           word == "icmp6code" || word.starts_with("tcp-") || word.starts_with("icmp-") ||
           word.starts_with("icmp6-");
}

bool is_dotted(std::string_view word) {
    const auto parts = base::split(word, '.');
    return parts.size() <= 4 && std::ranges::all_of(parts, is_number);
}

/// Six groups of one or two digits, three of four, or twelve digits.
bool is_mac(std::string_view word) {
    if (word.size() == 12 && std::ranges::all_of(word, is_hex)) return true;
    for (const char separator : {':', '-', '.'}) {
        const auto groups = base::split(word, separator);
        const auto of_length = [&](std::size_t least, std::size_t most) {
            return std::ranges::all_of(groups, [&](std::string_view group) {
                return group.size() >= least && group.size() <= most &&
                       std::ranges::all_of(group, is_hex);
            });
        };
        if (groups.size() == 6 && of_length(1, 2)) return true;
        if (separator == '.' && groups.size() == 3 && of_length(4, 4)) return true;
    }
    return false;
}

/// All eight groups, none left out: the scanner knows no other form of each address for sure.
std::optional<std::string> ipv6(const std::string& word) {
    in6_addr address{};
    if (::inet_pton(AF_INET6, word.c_str(), &address) != 1) return std::nullopt;
    std::string full;
    for (std::size_t i = 0; i < 16; i += 2) {
        const auto group = static_cast<unsigned>(address.s6_addr[i] << 8U) | address.s6_addr[i + 1];
        constexpr std::string_view digits = "0123456789abcdef";
        if (i > 0) full += ':';
        for (const unsigned shift : {12U, 8U, 4U, 0U})
            full += digits[(group >> shift) & 0xFU];
    }
    return full;
}

std::string_view prefix(std::string_view rest, bool (*belongs)(char)) {
    const auto end = std::ranges::find_if_not(rest, belongs);
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
}

/// The longest word that starts here, as the scanner prefers it; empty where none does.
Token word_at(std::string_view rest) {
    if (rest[0] == '\\') {
        const auto end = std::min(rest.find_first_of(" !()"), rest.size());
        if (end < 2) return {};
        const std::string word(rest.substr(0, end));
        return {.kind = Kind::name, .text = word, .at = 0, .meaning = word};
    }
    const std::string colons(
        prefix(rest, [](char c) { return is_hex(c) || c == ':' || c == '.'; }));
    if (colons.contains(':')) {
        if (auto address = ipv6(colons)) {
            return {.kind = Kind::address, .text = colons, .at = 0, .meaning = std::move(*address)};
        }
        if (is_mac(colons)) {
            return {.kind = Kind::address, .text = colons, .at = 0, .meaning = colons};
        }
    }
    if (!base::is_alphanumeric(rest[0])) return {};
    std::string word(prefix(
        rest, [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; }));
    while (word.back() == '-' || word.back() == '_')
        word.pop_back();
    const Kind kind = is_in(keywords, word)                      ? Kind::keyword
                      : is_mac(word)                             ? Kind::address
                      : is_number(word) || is_named_number(word) ? Kind::number
                      : is_dotted(word)                          ? Kind::address
                                                                 : Kind::name;
    return {.kind = kind, .text = word, .at = 0, .meaning = word};
}

Token token_at(std::string_view rest) {
    if (auto word = word_at(rest); !word.text.empty()) return word;
    std::string sign(rest.substr(0, 2));
    if (!is_in(two_signs, sign)) sign.resize(1);
    if (!signs.contains(sign[0])) return {};
    return {.kind = Kind::sign, .text = sign, .at = 0, .meaning = sign};
}

std::string kernel_number(int which) {
    return text("link [ ", static_cast<std::uint32_t>(SKF_AD_OFF + which), " : 2 ]");
}

}  // namespace

std::unexpected<base::Error> refuse_expression(std::string_view expression, std::string_view what) {
    return base::refuse(base::Errc::invalid_value,
                        text("filter ", base::quoted(expression), ": ", what), "filter");
}

base::Result<std::vector<Token>> tokens_of(std::string_view expression) {
    if (expression.size() > longest_expression) {
        return refuse_expression(expression, text("has ", expression.size(),
                                                  " bytes, the limit is ", longest_expression));
    }
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < expression.size();) {
        if (expression[i] == ' ') {
            ++i;
            continue;
        }
        Token token = token_at(expression.substr(i));
        if (token.text.empty()) {
            return refuse_expression(
                expression, text("the character ", base::quoted(expression.substr(i, 1)),
                                 " at character ", i + 1, " is not of the filter language"));
        }
        token.at = i + 1;
        i += token.text.size();
        tokens.push_back(std::move(token));
    }
    return tokens;
}

std::string joined(std::span<const Token> tokens) {
    std::string all;
    for (const Token& token : tokens) {
        if (!all.empty()) all += ' ';
        all += token.meaning;
    }
    return all;
}

std::size_t rough_size(std::span<const Token> tokens) {
    // of libpcap 1.10.3: a port is looked for in six places, a host in three or four
    constexpr std::size_t of_port = 64;
    constexpr std::size_t of_range = 96;
    constexpr std::size_t of_other = 28;
    std::size_t all = 0;
    std::size_t each = of_other;
    for (const Token& token : tokens) {
        if (token.kind == Kind::sign) continue;
        if (token.kind != Kind::keyword) {
            all += each;
        } else if (token.text != "and" && token.text != "or" && token.text != "not") {
            each = token.text == "port" ? of_port : token.text == "portrange" ? of_range : of_other;
        }
    }
    return all;
}

std::vector<std::size_t> looked_up(std::span<const Token> tokens) {
    std::vector<std::size_t> found;
    bool in_a_table = false;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token& token = tokens[i];
        const bool joins = token.text == "and" || token.text == "or" || token.text == "not" ||
                           token.text == "&&" || token.text == "||" || token.text == "!" ||
                           token.text == "(" || token.text == ")";
        if (joins) continue;
        switch (token.kind) {
            case Kind::keyword:
                in_a_table = is_in(naming, token.text);
                break;
            case Kind::sign:
                in_a_table = false;
                break;
            case Kind::name:
                if (!in_a_table) found.push_back(i);
                break;
            case Kind::number:
            case Kind::address:
                break;
        }
    }
    return found;
}

std::vector<Token> about_stripped_tag(std::vector<Token> tokens) {
    const auto vlan = std::ranges::find(tokens, std::string_view("vlan"), &Token::text);
    if (vlan == tokens.end()) return tokens;
    const std::string present = text("( ", kernel_number(SKF_AD_VLAN_TAG_PRESENT), " = 1");
    auto number =
        std::find_if(vlan + 1, tokens.end(), [](const Token& t) { return t.text != "("; });
    if (number == tokens.end() || number->kind != Kind::number) {
        vlan->meaning = present + " )";
        return tokens;
    }
    // "vlan ((5))": the parentheses are the number's, so ours ends behind as many
    auto last = number + (number - vlan - 1);
    if (last >= tokens.end()) return tokens;  // one is missing, and libpcap says so
    vlan->meaning = text(present, " and ", kernel_number(SKF_AD_VLAN_TAG), " & 0xfff =");
    last->meaning += " )";
    return tokens;
}

}  // namespace xpc::capture::af_packet
