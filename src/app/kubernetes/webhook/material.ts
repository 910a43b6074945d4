/*
 * What is kept in the webhook's Secret, and what has to be done about it next. Every replica serves what the Secret
 * holds; the leader alone changes it. A new authority is told to the API server before anything that it signed is
 * served, and the old one is trusted beside it as long as it lives: no call fails on the way.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'

import type { KeyPair } from './certificates.ts'

export interface Material {
  /** PEM: who may have signed the server's certificate, the newest first. */
  readonly bundle: readonly string[]
  /** PEM: key of the newest one. */
  readonly authorityKey: string
  readonly server: KeyPair
}

/**
 * `anew`: authority and certificate, for there is nothing to go on from. `authority`: a new one beside the old.
 * `publish`: the API server is told whom to trust. `server`: a certificate by the newest authority.
 */
export type Step = 'anew' | 'authority' | 'publish' | 'server' | 'none'

export interface Situation {
  /** Undefined: no Secret, or none that is of use. */
  readonly material: Material | undefined
  /** PEM, as the configuration of the webhook has it; undefined while there is no such configuration. */
  readonly published: string | undefined
  /** What the server is called by. */
  readonly names: readonly string[]
  readonly now: Date
}

export function nextStep({ material, published, names, now }: Situation): Step {
  if (material === undefined) return 'anew'
  const newest = material.bundle[0] ?? ''
  if (isDue(newest, now)) return 'authority'
  if (published !== undefined && published !== bundleText(material.bundle)) return 'publish'
  return isDue(material.server.cert, now) || !serves(material.server.cert, newest, names) ? 'server' : 'none'
}

/** With `authority` in front, and without those whose time is over. */
export function withAuthority(bundle: readonly string[], authority: string, now: Date): string[] {
  return [authority, ...bundle.filter((pem) => now < expiryOf(pem))]
}

export function bundleText(bundle: readonly string[]): string {
  return bundle.map((pem) => `${pem.trim()}\n`).join('')
}

export function expiryOf(pem: string): Date {
  return new Date(new X509Certificate(pem).validTo)
}

const fields = { bundle: 'ca.crt', authorityKey: 'ca.key', cert: 'tls.crt', key: 'tls.key' } as const

/** As the `data` of a Secret. */
export function secretData({ bundle, authorityKey, server }: Material): Readonly<Record<string, string>> {
  const texts = {
    [fields.bundle]: bundleText(bundle),
    [fields.authorityKey]: authorityKey,
    [fields.cert]: server.cert,
    [fields.key]: server.key,
  }
  const encoded = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')])
  return Object.fromEntries(encoded) as Record<string, string>
}

/** Undefined for bytes that are no certificates with their keys. */
export function materialFrom(bytes: Readonly<Record<string, Uint8Array>>): Material | undefined {
  const text = (field: string): string => Buffer.from(bytes[field] ?? []).toString()
  const bundle = text(fields.bundle).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const server = { cert: text(fields.cert), key: text(fields.key) }
  const authorityKey = text(fields.authorityKey)
  const [newest] = bundle
  if (newest === undefined || !isPair(newest, authorityKey) || !isPair(server.cert, server.key))
    return undefined
  return { bundle, authorityKey, server }
}

function isPair(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/** In the last third of its life, or not begun: somebody's clock was wrong. */
function isDue(pem: string, now: Date): boolean {
  const [from, to] = [new Date(new X509Certificate(pem).validFrom), expiryOf(pem)]
  return now < from || to.getTime() - now.getTime() < (to.getTime() - from.getTime()) / 3
}

function serves(pem: string, authority: string, names: readonly string[]): boolean {
  const cert = new X509Certificate(pem)
  const issuer = new X509Certificate(authority)
  const signed = cert.checkIssued(issuer) && cert.verify(issuer.publicKey)
  return signed && names.every((name) => cert.checkHost(name) !== undefined)
}
