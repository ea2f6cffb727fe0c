/**
 * Every cap of the capture reader. A file is untrusted input: nothing it says makes the reader hold
 * more than these.
 */

/** Largest captured packet, in bytes: libpcap's own MAXIMUM_SNAPLEN for everything but USB and D-Bus. */
export const MAX_PACKET_BYTES = 262_144;

/** Largest UDP datagram or reassembled IP payload, in bytes: the IP length fields have 16 bits. */
export const MAX_DATAGRAM_BYTES = 65_535;

/** Largest piece of JSON text handed on as one datagram, in bytes: below the largest UDP payload over IPv4. */
export const MAX_JSON_PIECE_BYTES = 65_000;

/** Largest pcapng packet or interface block, in bytes: a packet and 64 KiB of headers and options. */
export const MAX_BLOCK_BYTES = MAX_PACKET_BYTES + 65_536;

/** Interfaces in one pcapng section. */
export const MAX_INTERFACES = 4_096;

/** VLAN tags (802.1Q, 802.1ad, 0x9100) in front of one IP header. */
export const MAX_VLAN_TAGS = 8;

/** IPv6 extension headers in front of one UDP header. */
export const MAX_IPV6_EXTENSION_HEADERS = 8;

/** Fragmented datagrams under reassembly at once; with {@linkcode MAX_DATAGRAM_BYTES} each, 4 MiB in all. */
export const MAX_PENDING_DATAGRAMS = 64;

/** Fragments of one datagram; 65,535 bytes over the smallest IPv4 MTU seen in practice (576) make 119. */
export const MAX_FRAGMENTS_PER_DATAGRAM = 256;

/**
 * Milliseconds of capture time after which an incomplete datagram is given up, as RFC 791 section 3.2
 * advises: its 16-bit identification may be in use again.
 */
export const FRAGMENT_LIFETIME_MS = 30_000;

/** Compressed bytes inflated in one step: deflate grows at most 1,032-fold, so 4 MiB at once. */
export const GZIP_STEP_BYTES = 4_096;
