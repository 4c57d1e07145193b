"""tcpdump, as it is compared with. INTERFACE, FILE and FILTER stand for the real ones."""

# A buffer of 64 MiB, which is what xepacketcap may use in all; everything else as it comes.
TCPDUMP = ["tcpdump", "-i", "INTERFACE", "-n", "-B", "65536", "-Z", "root", "-w", "FILE", "FILTER"]
