/*
 * BGPPeers and BFDProfiles. A peer with a fault is not used, for a session that differs from what was asked for may
 * leak routes or upset the router; only duplicates in lists and an unusable BFDProfile leave the session as it is
 * (without BFD).
 */
import type { Admitted } from './admit.ts'
import { bgpAnnouncer } from './announcers.ts'
import { canonicalText, fingerprint } from './canonical.ts'
import type { Examination, Inspection } from './inspection.ts'
import { ownValues } from './own-annotations.ts'
import { checkPassword, checkTcpAo, type PeerPassword } from './passwords.ts'
import { checkAddresses, checkNumbers } from './peer-fields.ts'
import { checkSelectors } from './selectors.ts'
import { checkTimers } from './timers.ts'
import { refuseUnsupported, unsupportedIn } from './unsupported.ts'
import { ownField, ownPeerFields } from '../bgp/own-fields.ts'
import type { ConfigResource } from '../model/config.ts'
import type { AnnouncerInfo } from '../model/facts.ts'
import type { Json } from '../model/json.ts'
import type { BFDProfileObject, BGPPeerObject } from '../model/objects.ts'
import { didYouMean, oneOf, quote } from '../model/wording.ts'

/** A peer as it would be used, its own faults found; how it gets on with the others is judged next. */
export interface Peer {
  readonly exam: Examination
  readonly object: BGPPeerObject
  readonly plugin: AnnouncerInfo
  readonly resource: ConfigResource
  /** Its name and the password, where the spec has it in the clear. */
  readonly inlineSecret?: readonly [string, string]
  readonly profile?: BFDProfileObject
}

/** Sorted by name. */
export function parsePeers(admitted: Admitted, inspection: Inspection): Peer[] {
  return admitted.ofKind('BGPPeer').flatMap((object) => parsePeer(object, admitted, inspection) ?? [])
}

export function profileResource({ metadata, spec }: BFDProfileObject, ref: string): ConfigResource {
  const revision = fingerprint(canonicalText(spec))
  return { kind: 'BFDProfile', name: metadata.name, ref, nodeSelectors: [], revision, spec: { ...spec } }
}

function parsePeer(object: BGPPeerObject, admitted: Admitted, inspection: Inspection): Peer | undefined {
  const { settings } = inspection.context
  const exam = inspection.examine(object)
  const plugin = bgpAnnouncer(object, settings, exam)
  const own = ownValues(object, exam)
  if (plugin !== undefined) refuseUnsupported(object, plugin, { settings, own }, exam)
  checkNumbers(object, exam)
  checkAddresses(object, exam)
  const nodeSelectors = checkSelectors(object.spec.nodeSelectors, 'spec.nodeSelectors', exam.report)
  const timers = checkTimers(object, exam)
  const password = checkPassword(object, exam, inspection)
  checkTcpAo(object, ownPeerFields(own), exam)
  const profile = checkProfile(object, admitted, { exam, plugin })
  if (plugin === undefined) return undefined
  const spec: Record<string, unknown> = {
    ...object.spec,
    ...timers,
    nodeSelectors,
    password: undefined,
    passwordSecret: password?.reference,
    bfdProfile: profile?.metadata.name,
    [ownField]: Object.keys(own).length === 0 ? undefined : own,
  }
  const revision = fingerprint(`${canonicalText(spec)} ${password?.revision ?? ''}`)
  const { name } = object.metadata
  const resource: ConfigResource = {
    kind: 'BGPPeer',
    name,
    ref: exam.ref,
    announcer: plugin.name,
    nodeSelectors,
    revision,
    spec: withoutUndefined(spec),
  }
  return {
    exam,
    object,
    plugin,
    resource,
    ...inlineSecretOf(password),
    ...(profile === undefined ? {} : { profile }),
  }
}

function inlineSecretOf(password: PeerPassword | undefined): Pick<Peer, 'inlineSecret'> {
  if (password?.inline === undefined) return {}
  return { inlineSecret: [password.reference.name, password.inline] }
}

/** The fields of a spec are JSON by the schema check. */
function withoutUndefined(spec: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as Record<
    string,
    Json
  >
}

/** The profile, unless it is missing or the peer's announcer refuses it. */
function checkProfile(
  { spec }: BGPPeerObject,
  admitted: Admitted,
  { exam, plugin }: { readonly exam: Examination; readonly plugin: AnnouncerInfo | undefined },
): BFDProfileObject | undefined {
  const name = spec.bfdProfile ?? ''
  if (name === '') return undefined
  const profiles = admitted.ofKind('BFDProfile')
  const profile = profiles.find(({ metadata }) => metadata.name === name)
  if (profile === undefined) {
    if (admitted.refused('BFDProfile').includes(name)) return undefined
    const names = profiles.map(({ metadata }) => metadata.name)
    const message = `found ${quote(name)}, which is no BFDProfile; allowed: ${oneOf(names)}${didYouMean(name, names)}`
    exam.report('spec.bfdProfile', 'UnknownBFDProfile', message)
    return undefined
  }
  const refusals = plugin === undefined ? [] : unsupportedIn(profile, plugin)
  for (const { field, reason } of refusals) {
    const message = `found ${quote(name)}, whose ${field} ${plugin?.name} refuses: ${reason}`
    exam.report('spec.bfdProfile', 'UnsuitableBFDProfile', `${message}; the session runs without BFD`)
  }
  return refusals.length === 0 ? profile : undefined
}
