/*
 * Numbers of the Linux system call interface, as the kernel's uapi headers give them for every architecture koffi
 * runs on (x86, ARM, RISC-V, POWER and LoongArch share the generic socket constants).
 */
export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const AF_PACKET = 17

export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_RCVBUF = 8
export const SO_ATTACH_FILTER = 26

export const IPPROTO_IP = 0
export const IP_TOS = 1
export const IP_TTL = 2
export const IP_MINTTL = 21
export const IPPROTO_TCP = 6
export const IPPROTO_IPV6 = 41
export const IPV6_UNICAST_HOPS = 16
export const IPV6_MULTICAST_HOPS = 18
export const IPV6_MULTICAST_LOOP = 19
export const IPV6_ADD_MEMBERSHIP = 20
export const IPV6_DROP_MEMBERSHIP = 21
export const IPV6_V6ONLY = 26
export const IPV6_TCLASS = 67
export const IPV6_MINHOPCOUNT = 73
export const IPPROTO_ICMPV6 = 58
export const TCP_INFO = 11
export const TCP_MD5SIG = 14
export const TCP_AO_ADD_KEY = 38
export const TCP_AO_DEL_KEY = 39

export const NETLINK_ROUTE = 0

export const ETH_P_ALL = 0x0003
export const ETH_P_IP = 0x0800
export const ETH_P_ARP = 0x0806
export const ETH_P_IPV6 = 0x86dd

export const POLLIN = 0x1

export const EFD_NONBLOCK = 0o4000
export const EFD_CLOEXEC = 0o2000000

export const PRIO_PROCESS = 0
export const MADV_DONTNEED = 4
export const CLONE_NEWNET = 0x40000000
