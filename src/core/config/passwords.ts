/*
 * The password of a BGPPeer, for TCP MD5 or as the master key of TCP-AO: from a Secret, or in the clear in the spec.
 * Messages never show one.
 */
import type { Examination, Inspection } from './inspection.ts'
import { annotationPath } from './own-annotations.ts'
import { ownField, type OwnPeerFields } from '../bgp/own-fields.ts'
import type { BGPPeerObject, SecretObject } from '../model/objects.ts'
import { oneOf, quote } from '../model/wording.ts'

export interface PeerPassword {
  /** What `AnnouncerHost.secret` is asked for. */
  readonly reference: { readonly name: string; readonly namespace?: string }
  /** Changes when the password changes. */
  readonly revision: string
  /** The password itself where the spec has it in the clear. */
  readonly inline?: string
}

const wantedType = 'kubernetes.io/basic-auth'
const wantedKey = 'password'

/** The kernel's TCP_MD5SIG_MAXKEYLEN, and its TCP_AO_MAXKEYLEN. */
const mostBytes = 80

/** Undefined for a session without a password, and where the password is at fault. */
export function checkPassword(
  object: BGPPeerObject,
  exam: Examination,
  inspection: Inspection,
): PeerPassword | undefined {
  const { password = '', passwordSecret = {} } = object.spec
  const { name = '', namespace } = passwordSecret
  const home = inspection.context.settings.namespace
  if (password !== '' && name !== '') {
    const message =
      'found spec.password as well: both password and passwordSecret are set; allowed: one of them'
    exam.refuse('spec.passwordSecret', 'ExclusiveFields', message)
  }
  if (namespace !== undefined && namespace !== '' && namespace !== home) {
    const message = `found ${quote(namespace)}, allowed: ${home}, the namespace of Herald`
    exam.refuse('spec.passwordSecret.namespace', 'InvalidValue', message)
  }
  if (name !== '') return fromSecret(name, exam, inspection)
  return password === '' ? undefined : inClear(object.metadata.name, password, { exam, inspection })
}

/** `own`: the values of the peer's annotations. */
export function checkTcpAo(object: BGPPeerObject, own: OwnPeerFields, exam: Examination): void {
  const path = (field: keyof OwnPeerFields): string => annotationPath(object, `${ownField}.${field}`) ?? field
  const { tcpAo } = own
  const { password = '', passwordSecret: { name = '' } = {} } = object.spec
  if (tcpAo !== undefined && password === '' && name === '') {
    const message = `found ${quote(tcpAo)} without a password; allowed: with spec.passwordSecret, which has the master key`
    exam.refuse(path('tcpAo'), 'MissingField', message)
  }
  for (const field of ['tcpAoSendId', 'tcpAoReceiveId'] as const) {
    if (own[field] === undefined || tcpAo !== undefined) continue
    const message = `found ${own[field]} without heraldlb.io/tcp-ao, allowed: both or none, for only TCP-AO has key ids`
    exam.refuse(path(field), 'MissingField', message)
  }
}

function inClear(
  peer: string,
  password: string,
  { exam, inspection }: { readonly exam: Examination; readonly inspection: Inspection },
): PeerPassword {
  const bytes = new TextEncoder().encode(password).length
  if (bytes > mostBytes) {
    exam.refuse(
      'spec.password',
      'InvalidValue',
      `found ${bytes} bytes, allowed: at most ${mostBytes} (TCP MD5)`,
    )
  }
  const revision = inspection.context.digest?.(password) ?? ''
  // No Secret can have this name: a colon is not allowed in one.
  return { reference: { name: `inline:BGPPeer/${peer}` }, revision, inline: password }
}

function fromSecret(
  name: string,
  exam: Examination,
  { context, assumptions }: Inspection,
): PeerPassword | undefined {
  const { namespace } = context.settings
  const reference = { name, namespace }
  if (context.secrets === undefined) {
    assumptions.add('no Secrets in the input: the password Secrets of BGPPeers are taken to exist')
    return { reference, revision: '' }
  }
  const secret = context.secrets.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  )
  if (secret === undefined) {
    const message = `found ${quote(name)}, and no such Secret in namespace ${namespace}`
    exam.refuse(
      'spec.passwordSecret.name',
      'MissingSecret',
      `${message}; allowed: a Secret of type ${wantedType}`,
    )
    return undefined
  }
  for (const fault of secretFaults(secret)) exam.refuse('spec.passwordSecret.name', 'UnsuitableSecret', fault)
  return { reference, revision: secret.revision }
}

function secretFaults({ metadata, type = 'Opaque', keys }: SecretObject): string[] {
  const faults: string[] = []
  const found = `found Secret ${quote(metadata.name)}`
  if (type !== wantedType) faults.push(`${found} of type ${type}, allowed: type ${wantedType}`)
  if (!keys.includes(wantedKey)) {
    const held = keys.length === 0 ? 'no keys' : `the keys ${oneOf(keys)}`
    faults.push(`${found} with ${held}, allowed: one that has the key ${wantedKey}`)
  }
  return faults
}
