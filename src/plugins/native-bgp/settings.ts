/* Everything a session depends on, from a BGPPeer and its Secret. */
import type { AnnouncerHost, Resource } from '#core/announcer.ts'
import { isPeerFault, readPeer, type BgpPeer } from '#core/bgp/peer.ts'
import { messageOf } from '#core/errors.ts'

import type { ResourceFault } from './errors.ts'
import type { LinkRouters } from './link-routers.ts'

export interface Settings {
  readonly peer: BgpPeer
  readonly password?: Uint8Array
}

/** A BGPPeer that makes no session now; `peer` where only its password is missing. */
export interface Unusable {
  readonly fault: ResourceFault
  readonly peer?: BgpPeer
}

/** The longest key of TCP_MD5SIG, in bytes. */
const longestPassword = 80

export interface SettingsSources {
  readonly host: Pick<AnnouncerHost, 'secret'>
  readonly links: Pick<LinkRouters, 'on'>
}

/** A secret that does not arrive before `signal` aborts counts as unavailable. */
export async function readSettings(
  resource: Resource,
  { host, links }: SettingsSources,
  signal: AbortSignal,
): Promise<Settings | Unusable> {
  const asked = readPeer(resource)
  if (isPeerFault(asked))
    return { fault: { reason: 'InvalidPeer', field: asked.field, detail: asked.message } }
  const peer = located(asked, links)
  if ('reason' in peer) return { fault: peer }
  const { passwordSecret } = peer
  if (passwordSecret === undefined) return { peer }
  try {
    const { password } = await untilAborted(host.secret(passwordSecret), signal)
    const length = password?.length ?? 0
    if (password !== undefined && length > 0 && length <= longestPassword) return { peer, password }
    const found = password === undefined ? 'no key "password"' : `a password of ${length} bytes`
    const detail = `Secret ${passwordSecret.name} has ${found}, allowed 1 to ${longestPassword} bytes`
    return { peer, fault: { reason: 'SecretUnavailable', detail } }
  } catch (error) {
    const detail = messageOf(error)
    return { peer, fault: { reason: 'SecretUnavailable', detail } }
  }
}

function located(peer: BgpPeer, links: SettingsSources['links']): BgpPeer | ResourceFault {
  const link = peer.interface
  if (link === undefined) return peer
  const found = links.on(link)
  if ('router' in found) return { ...peer, address: found.router }
  return { reason: 'NoRouterOnLink', link, detail: found.problem }
}

export function isUnusable(value: Settings | Unusable): value is Unusable {
  return 'fault' in value
}

/** Would a session with these settings be the same one? */
export function sameSettings(a: Settings, b: Settings): boolean {
  return samePeer(a.peer, b.peer) && String(a.password) === String(b.password)
}

export function samePeer(a: BgpPeer, b: BgpPeer): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
  })
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
