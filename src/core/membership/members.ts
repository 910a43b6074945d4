/* The membership state as the rest of the program sees it. */
import type { Member } from '../ports.ts'
import type { MembershipState } from './membership.ts'
import type { Peer } from './peer.ts'

/** Every expected member and ourselves, sorted by name. */
export function membersOf(state: MembershipState): readonly Member[] {
  const peers = [...state.peers].map(([node, peer]) => ({
    node,
    alive: isAlive(peer),
    detail: detailOf(peer, state),
  }))
  const self = { node: state.self, alive: true, detail: selfDetail(state) }
  return [...peers, self].sort((a, b) => (a.node < b.node ? -1 : 1))
}

/** Heard and ready: a member that is still listening, or about to leave, is not one to rely on. */
function isAlive(peer: Peer): boolean {
  return peer.state.is === 'heard' && peer.state.kind === 'active'
}

function detailOf({ state }: Peer, { timing }: MembershipState): string {
  switch (state.is) {
    case 'unheard':
      return 'never heard since this process started'
    case 'silent':
      return `no heartbeat for more than ${timing.deadAfter} ms`
    case 'heard':
      if (state.kind === 'leaving') return 'left'
      return state.kind === 'active' ? 'heard' : 'starting: it listens before it takes part'
  }
}

function selfDetail({ phase }: MembershipState): string {
  switch (phase.at) {
    case 'listening':
      return 'this process: listening before it takes part'
    case 'active':
      return 'this process'
    case 'leaving':
      return 'this process: leaving'
  }
}
