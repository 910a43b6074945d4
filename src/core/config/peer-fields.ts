/* The rules of a BGPPeer's numbers and addresses, each on its own field. */
import type { Examination, Report } from './inspection.ts'
import { familyOf, parseAddress, valueOf } from '../model/address.ts'
import type { BGPPeerObject } from '../model/objects.ts'
import { quote } from '../model/wording.ts'

export function checkNumbers({ spec }: BGPPeerObject, { refuse }: Examination): void {
  const { myASN, peerASN = 0, dynamicASN } = spec
  if (myASN === 0)
    refuse('spec.myASN', 'InvalidValue', 'found 0 (missing local ASN), allowed: 1 to 4294967295')
  demandOne(['peerASN', 'dynamicASN'], [peerASN !== 0, dynamicASN !== undefined], refuse)
  const internal = dynamicASN === 'internal' || (peerASN !== 0 && peerASN === myASN)
  if (spec.ebgpMultiHop === true && internal) {
    const message = 'found true on a session within one AS (invalid multihop for iBGP), allowed: false'
    refuse('spec.ebgpMultiHop', 'InvalidValue', message)
  }
}

export function checkAddresses({ spec }: BGPPeerObject, { refuse }: Examination): void {
  const { peerAddress = '', sourceAddress = '', routerID = '' } = spec
  demandOne(['peerAddress', 'interface'], [peerAddress !== '', (spec.interface ?? '') !== ''], refuse)
  if (peerAddress !== '' && parseAddress(peerAddress) === undefined) {
    const message = `found ${quote(peerAddress)} (invalid BGPPeer address), allowed: an IPv4 or IPv6 address`
    refuse('spec.peerAddress', 'InvalidAddress', message)
  }
  if (isLinkLocal(peerAddress)) {
    const message = `found ${quote(peerAddress)}, which every link has for itself, allowed: another address, or interface instead`
    refuse('spec.peerAddress', 'InvalidAddress', message)
  }
  const allowedSource = sourceFault(sourceAddress, peerAddress)
  if (allowedSource !== undefined) {
    const message = `found ${quote(sourceAddress)} (invalid source IP), allowed: ${allowedSource}`
    refuse('spec.sourceAddress', 'InvalidAddress', message)
  }
  if (!isRouterId(routerID)) {
    const message = `found ${quote(routerID)} (invalid router ID), allowed: an IPv4 address other than 0.0.0.0`
    refuse('spec.routerID', 'InvalidAddress', message)
  }
}

function isLinkLocal(text: string): boolean {
  const address = parseAddress(text)
  return address !== undefined && familyOf(address) === 'IPv6' && valueOf(address) >> 118n === 0x3fan
}

function demandOne(
  [first, second]: readonly [string, string],
  [hasFirst, hasSecond]: readonly [boolean, boolean],
  refuse: Report,
): void {
  if (hasFirst !== hasSecond) return
  const names = `${first} and ${second}`
  if (hasFirst) refuse(`spec.${second}`, 'ExclusiveFields', `found both of ${names}, allowed: one of them`)
  else refuse(`spec.${first}`, 'MissingField', `found neither of ${names}, allowed: one of them`)
}

/** What is allowed instead, where `source` cannot be the near end of a session to `peer`. */
function sourceFault(source: string, peer: string): string | undefined {
  if (source === '') return undefined
  const [near, far] = [parseAddress(source), parseAddress(peer)]
  if (near === undefined) return 'an IPv4 or IPv6 address'
  if (far === undefined || familyOf(near) === familyOf(far)) return undefined
  return `an ${familyOf(far)} address, as peerAddress is one`
}

/** RFC 4271 §4.2: a BGP Identifier has four octets; RFC 6286 §2.1: not all of them zero. Empty leaves the choice open. */
function isRouterId(text: string): boolean {
  if (text === '') return true
  const address = parseAddress(text)
  return address !== undefined && familyOf(address) === 'IPv4' && text !== '0.0.0.0'
}
