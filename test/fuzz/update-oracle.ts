/*
 * When an UPDATE may end a session, by RFC 7606 and nothing but its text: a second opinion, written without a look at
 * the decoder. `must`: its fields do not even add up. `may`: something in it is allowed to. `never`: whatever else is
 * wrong with it costs routes or attributes, not the session.
 */
export type SessionVerdict = 'must' | 'may' | 'never'

const OPTIONAL = 0x80
const EXTENDED = 0x10
/** ORIGIN … CLUSTER_LIST but DPA and what else was never used, MP_*, EXT_COMMUNITIES, AS4_*, LARGE, OTC. */
const known = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 32, 35]

export function sessionVerdict(body: Uint8Array): SessionVerdict {
  const u16 = (at: number): number => (body[at] ?? 0) * 256 + (body[at + 1] ?? 0)
  const withdrawnEnd = 2 + u16(0)
  if (withdrawnEnd + 2 > body.length) return 'must'
  const attributesEnd = withdrawnEnd + 2 + u16(withdrawnEnd)
  if (attributesEnd > body.length) return 'must'
  if (!prefixesFit(body.subarray(2, withdrawnEnd)) || !prefixesFit(body.subarray(attributesEnd)))
    return 'must'
  return attributesVerdict(body.subarray(withdrawnEnd + 2, attributesEnd))
}

/** RFC 7606 §5.3: a prefix that is too long, or runs over the end. */
function prefixesFit(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length) {
    const bits = bytes[at] ?? 0
    if (bits > 32) return false
    at += 1 + Math.ceil(bits / 8)
  }
  return at === bytes.length
}

/** §3 (g): MP attributes may; RFC 4271 §6.3: so may a well-known attribute nobody knows. */
function attributesVerdict(bytes: Uint8Array): SessionVerdict {
  for (let at = 0; at + 2 < bytes.length;) {
    const [flags = 0, code = 0, first = 0, second = 0] = bytes.subarray(at, at + 4)
    const header = (flags & EXTENDED) === 0 ? 3 : 4
    const length = header === 3 ? first : first * 256 + second
    if (at + header + length > bytes.length) return 'never'
    if (code === 14 || code === 15) return 'may'
    if ((flags & OPTIONAL) === 0 && !known.includes(code)) return 'may'
    at += header + length
  }
  return 'never'
}
