/* What FRR's lines are about: which line replaces which, and how each is taken back. */

/**
 * The subject of a line within its context: of two lines with one subject the later replaces the earlier.
 * A line that FRR writes with values keeps only the words that name what is set.
 */
export function subjectOf(text: string): string {
  const words = text.replace(/^no /, '')
  for (const [pattern, subject] of subjects) {
    const match = pattern.exec(words)
    if (match) return subject(match)
  }
  return words
}

type Subject = readonly [RegExp, (match: RegExpExecArray) => string]

const subjects: readonly Subject[] = [
  [/^neighbor (\S+) (?:interface )?remote-as /, ([, peer]) => `neighbor ${peer}`],
  [
    /^neighbor (\S+) (route-map|prefix-list) \S+ (in|out)$/,
    ([, peer, kind, way]) => `neighbor ${peer} ${kind} ${way}`,
  ],
  [
    /^neighbor (\S+) (timers connect|bfd profile|capability \S+)/,
    ([, peer, kind]) => `neighbor ${peer} ${kind}`,
  ],
  [/^neighbor (\S+) (\S+)/, ([, peer, kind]) => `neighbor ${peer} ${kind}`],
  [/^router bgp \d+(.*)$/, ([, vrf]) => `router bgp${vrf}`],
  [/^bgp router-id /, () => 'bgp router-id'],
  [/^network (\S+)/, ([, prefix]) => `network ${prefix}`],
  [
    /^(ip|ipv6) prefix-list (\S+) seq (\d+) /,
    ([, family, name, seq]) => `${family} prefix-list ${name} seq ${seq}`,
  ],
  [/^(set|match) (\S+)/, ([, verb, what]) => `${verb} ${what}`],
  [
    /^(detect-multiplier|receive-interval|transmit-interval|minimum-ttl|echo \S+) \d+$/,
    ([, what]) => `${what}`,
  ],
]

/** The command that takes a line back. */
export function undo(text: string): string {
  if (text.startsWith('no ')) return text.slice(3)
  const subject = subjectOf(text)
  if (neighborOf(text) !== undefined && isOwner(text)) return `no ${subject}`
  return text.startsWith('network ') ? `no ${subject}` : `no ${text}`
}

/** The neighbor (address or interface) that a line is about. */
export function neighborOf(text: string): string | undefined {
  return /^(?:no )?neighbor (\S+) /.exec(text)?.[1]
}

/** The line that makes a neighbor exist: with it go all others about the neighbor. */
export function isOwner(text: string): boolean {
  return /^neighbor \S+ (interface )?remote-as /.test(text)
}

/** Contexts that are always there: only what stands in them can be taken back. */
export function isPermanent(text: string): boolean {
  return text === 'bfd' || text.startsWith('address-family ')
}

/** A command as it may be shown: without the password in it. */
export function redacted(command: string): string {
  return command.replace(/^((?:no )?neighbor \S+ password) .*$/s, '$1 ***')
}
