/* The membership state as the rest of the program sees it. */
import type { Member } from '../ports.ts'
import { isReliable, type Peer } from './peer.ts'
import type { MembershipState } from './state.ts'

/** Every expected member and ourselves, sorted by name. */
export function membersOf(state: MembershipState): readonly Member[] {
  const peers = state.peers.all.map((peer) => ({
    node: peer.node,
    alive: isReliable(peer),
    ...(peer.hearsUs ? {} : { hearsUs: false as const }),
    detail: detailOf(peer, state),
  }))
  const self = { node: state.self, alive: true, detail: selfDetail(state) }
  return [...peers, self].sort((a, b) => (a.node < b.node ? -1 : 1))
}

function detailOf({ verdict, life, hearsUs }: Peer, { timing }: MembershipState): string {
  if (life === undefined || verdict === 'unheard') return 'never heard since this process started'
  if (verdict === 'dead') return `no heartbeat for more than ${timing.deadAfter} ms`
  if (life.deaf) return 'sends heartbeats, but hears nothing'
  if (!hearsUs) return 'sends heartbeats, but does not hear ours'
  switch (life.standing) {
    case 'leaving':
      return 'left'
    case 'listening':
      return 'starting: it listens before it takes part'
    case 'resuming':
      return 'woke from a pause: it asks before it speaks'
    case 'active':
      return 'heard'
  }
}

function selfDetail({ phase, deaf }: MembershipState): string {
  switch (phase.at) {
    case 'listening':
      return 'this process: listening before it takes part'
    case 'resuming':
      return 'this process: woke from a pause, asks before it speaks'
    case 'active':
      return deaf ? 'this process: hears nothing' : 'this process'
    case 'leaving':
      return 'this process: leaving'
  }
}
