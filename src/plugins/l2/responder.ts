/* What a received frame means to one interface, and the answer to it. Pure: frame in, frame out. */
import { bytesOf, type Address } from '#core/model/address.ts'
import { decodeArp, encodeArp, type ArpFrame } from './wire/arp.ts'
import { BROADCAST, isArp, isStation, multicastMac, sameMac, type Mac } from './wire/ethernet.ts'
import {
  ALL_NODES,
  decodeNdp,
  encodeAdvertisement,
  UNSPECIFIED,
  type NeighborMessage,
  type Solicitation,
} from './wire/ndp.ts'

/** Sender of an ARP probe. @see RFC 5227 §1.1 */
const ANY = '0.0.0.0' as Address

/** The interface that heard the frame. */
export interface Ear {
  readonly mac: Mac
  /** Whether what is said of the address matters: it is announced here, or on another node that is watched. */
  heeds(address: Address): boolean
}

export type Heard =
  /**
   * Somebody asks for an address of ours; `answer` is the frame to send if this node may speak for it; `sure`: and it has
   * found that nobody else does.
   */
  | {
      readonly kind: 'request'
      readonly address: Address
      readonly answer: (sure: boolean) => Uint8Array
      /** Of who asks. */
      readonly mac: Mac
      /** It asks whether the address is free: an ARP probe, or duplicate address detection. */
      readonly probe: boolean
      /** It says at the same time that the address is the asker's: a gratuitous request. */
      readonly claim: boolean
    }
  | Claim

/** `mac` says that an address of ours is at `mac`. */
export interface Claim {
  readonly kind: 'claim'
  readonly address: Address
  readonly mac: Mac
  /** In ARP: unasked. An advertisement does not tell, for the answer to duplicate address detection goes to all as well. */
  readonly announced: boolean
}

/** A gratuitous request of somebody else is both a claim and a request. Everything not ours yields nothing. */
export function interpret(frame: Uint8Array, ear: Ear): readonly Heard[] {
  return isArp(frame) ? interpretArp(frame, ear) : interpretNdp(frame, ear)
}

function interpretArp(frame: Uint8Array, ear: Ear): readonly Heard[] {
  const arp = decodeArp(frame)
  if (typeof arp === 'string' || !isStation(arp.sender.mac)) return []
  if (!sameMac(arp.destination, BROADCAST) && !sameMac(arp.destination, ear.mac)) return []
  const heard: Heard[] = []
  const { operation, sender, target } = arp
  if (ear.heeds(sender.address))
    heard.push({ kind: 'claim', ...sender, announced: sender.address === target.address })
  if (operation === 'request' && ear.heeds(target.address))
    heard.push({
      kind: 'request',
      address: target.address,
      answer: () => arpReply(arp, ear.mac),
      mac: sender.mac,
      probe: sender.address === ANY,
      claim: sender.address === target.address,
    })
  return heard
}

/**
 * Also to a probe, whose sender address is 0.0.0.0: it must learn that the address is taken (RFC 5227 §2.1.1), as long as
 * this node answers for it at all.
 */
function arpReply({ sender, target }: ArpFrame, mac: Mac): Uint8Array {
  return encodeArp({
    destination: sender.mac,
    source: mac,
    operation: 'reply',
    sender: { mac, address: target.address },
    target: sender,
  })
}

function interpretNdp(frame: Uint8Array, ear: Ear): readonly Heard[] {
  const ndp = decodeNdp(frame)
  return typeof ndp === 'string' ? [] : interpretNeighbor(ndp.message, ndp.link, ear)
}

/** `link`: the hardware address the message came from. */
export function interpretNeighbor(message: NeighborMessage, link: Mac, ear: Ear): readonly Heard[] {
  if (!ear.heeds(message.target)) return []
  const address = message.target
  const mac = message.mac ?? link
  if (!isStation(mac)) return []
  if (message.kind === 'advertisement') return [{ kind: 'claim', address, mac, announced: false }]
  const answer = (sure: boolean): Uint8Array => advertisementFor(message, { mac, ownMac: ear.mac, sure })
  return [{ kind: 'request', address, answer, mac, probe: message.source === UNSPECIFIED, claim: false }]
}

/**
 * RFC 4861 §7.2.4: to a solicitation without source (duplicate address detection) S=0, to all nodes; else S=1, to
 * who asked. O=1: the address is this node's own while it answers, and after a takeover a neighbour must replace what it
 * has cached; O=0 while it is not sure of that, so that whoever knows another keeps it (RFC 4429 §3.3). R=0: the address
 * belongs to a service, nobody routes through it.
 */
function advertisementFor(
  { source, target }: Solicitation,
  { mac, ownMac, sure }: { readonly mac: Mac; readonly ownMac: Mac; readonly sure: boolean },
): Uint8Array {
  const detecting = source === UNSPECIFIED
  const destination = detecting ? ALL_NODES : source
  return encodeAdvertisement(
    {
      kind: 'advertisement',
      source: target,
      destination,
      target,
      router: false,
      solicited: !detecting,
      override: sure,
      mac: ownMac,
    },
    { source: ownMac, destination: detecting ? multicastMac(bytesOf(ALL_NODES)) : mac },
  )
}
