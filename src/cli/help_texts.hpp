#pragma once

// What stands below the options in `--help`.
namespace xpc::cli::help_texts {

inline constexpr const char* program = R"(Start here:
  xepacketcap serve                             run the server
  xepacketcap capture eth0 --duration 30s       capture, and say where the pcap is
  xepacketcap check                             see whether all is there that it needs
  xepacketcap COMMAND --help                    examples and options of a command

Exit codes:
  0    done
  1    the work failed (the capture, its delivery, writing a file)
  2    usage or configuration: nothing was tried
  3    refused by the server
  4    no server or store reached
  5    in use, or not permitted
  130  interrupted; a capture that was asked for goes on at the server)";

inline constexpr const char* capture = R"(Examples:
  xepacketcap capture eth0
      everything on eth0, for the server's default of 60 s
  xepacketcap capture eth0 --proto udp --dst 10.0.0.2 -d 10m -w dns.pcap
      and download the capture to a file
  xepacketcap capture eth0 -i eth1 --filter "port 53" -c 1000 --comment "slow DNS"
      two interfaces, until there are 1,000 packets that match
  xepacketcap capture any --src 10.0.0.1 --dst 10.0.0.2 -d 30s -w - | wireshark -k -i -
      both directions between two hosts, straight into Wireshark
  xepacketcap capture eth0 -d 5s --json | jq -r .url
      for programs

Ctrl-C stops the capture and keeps it; a second Ctrl-C leaves it to the server.)";

inline constexpr const char* serve = R"(Examples:
  xepacketcap serve
  xepacketcap serve --listen 127.0.0.1:5050 --data-dir /tmp/captures
  xepacketcap serve --config /etc/xepacketcap.toml --check-config)";

inline constexpr const char* work = R"(Examples:
  guestshell run /home/guestshell/xepacketcap work --once
      in an applet of IOS; `xepacketcap print-eem` prints a whole one

Captures that still run at the end go on in the device; the next one takes them up.
Exit code 0: there is nothing to do, or another one is at work already.)";

inline constexpr const char* print_iosxe_config = R"(Examples:
  xepacketcap print-iosxe-config --outside GigabitEthernet1 --name-server 192.0.2.53
      a router with a guestshell, from the configuration on this machine
  xepacketcap print-iosxe-config --catalyst --vlan 100 --guest 10.1.100.5/24
  xepacketcap print-iosxe-config --device edge1
      a device that is reached by SSH

Nothing is sent to a device. Passwords are not printed.)";

inline constexpr const char* token = R"(Examples:
  xepacketcap token create ops --scope admin
      on the server's machine: also while it does not run, and without a token
  xepacketcap token create bot --expires 90d --interface eth0 --max-duration 10m --filter "port 53"
      only captures on eth0, of ten minutes at most, and of DNS
  XEPACKETCAP_TOKEN=xpc_... xepacketcap token list --server https://capture.example.org:5000
      at another machine, with a token of scope admin
  xepacketcap token revoke 3f2a9c0b7d41)";

inline constexpr const char* audit = R"(Examples:
  xepacketcap audit verify
      the log of this machine's server, with what was set aside of it
  xepacketcap audit verify audit.log.5301 audit.log
      copies of it, oldest first

The first line that is wrong is named, and the exit code then is not 0.)";

inline constexpr const char* check = R"(Examples:
  xepacketcap check
      data_dir, the right to capture, the store and its credentials
  xepacketcap check --interface eth0 --bucket captures
      and what the credentials may do with a bucket
  xepacketcap check --bucket captures --json | jq .ok
      for programs

Exit code 0: all is there; else that of the first thing that is not.)";

}  // namespace xpc::cli::help_texts
