/* What is served over HTTPS takes no less than this; the flags, and the names in them, are MetalLB's (and Go's). */
import { createSecureContext, getCiphers } from 'node:tls'

import { InvalidArgumentError, Option, type Command } from 'commander'

import { oneOf } from '#core/model/wording.ts'
import type { TlsLimits } from '#metrics/certificate.ts'

export interface TlsFlags {
  readonly tlsMinVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly tlsCipherSuites?: string
  readonly tlsCurvePreferences?: string
}

const versions = { VersionTLS12: 'TLSv1.2', VersionTLS13: 'TLSv1.3' } as const

/** As in Go they are on with every version that has them, whatever else is chosen. */
const suitesOf13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

/** Numbers of the TLS Supported Groups (RFC 8446 §4.2.7). */
const groups = new Map([
  ['23', 'P-256'],
  ['24', 'P-384'],
  ['25', 'P-521'],
  ['29', 'X25519'],
  ['4588', 'X25519MLKEM768'],
])

export function addTlsOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--tls-min-version <version>', 'least version of TLS: VersionTLS12, VersionTLS13').argParser(
        parseVersion,
      ),
    )
    .addOption(
      new Option('--tls-cipher-suites <names>', 'cipher suites of TLS 1.2, after commas').argParser(
        parseSuites,
      ),
    )
    .addOption(
      new Option('--tls-curve-preferences <numbers>', 'groups for key exchange, after commas').argParser(
        parseGroups,
      ),
    )
}

export function tlsFrom(flags: TlsFlags, command: Command): TlsLimits {
  const { tlsMinVersion: minVersion, tlsCipherSuites: ciphers, tlsCurvePreferences: ecdhCurve } = flags
  if (ciphers !== undefined && minVersion === 'TLSv1.3')
    command.error(
      'error: --tls-cipher-suites: found it beside --tls-min-version=VersionTLS13, allowed: with VersionTLS12; those of TLS 1.3 are not chosen',
    )
  return { ...(minVersion && { minVersion }), ...(ciphers && { ciphers }), ...(ecdhCurve && { ecdhCurve }) }
}

function parseVersion(text: string): TlsFlags['tlsMinVersion'] {
  if (text === '') return undefined
  if (text === 'VersionTLS12' || text === 'VersionTLS13') return versions[text]
  throw new InvalidArgumentError(`Allowed: ${oneOf(Object.keys(versions))}.`)
}

function parseSuites(text: string): string | undefined {
  if (text === '') return undefined
  const known = new Set(getCiphers())
  const chosen = text.split(',').flatMap((name) => {
    // Those of TLS 1.3 are always in force; MetalLB's flag takes them too.
    if (suitesOf13.includes(name.trim())) return []
    const own = openSslName(name.trim())
    if (known.has(own.toLowerCase())) return own
    throw new InvalidArgumentError(
      `${name} is none that there is. Allowed: such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.`,
    )
  })
  return [...suitesOf13, ...chosen].join(':')
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256` there. */
function openSslName(suite: string): string {
  const [exchange = '', cipher = ''] = suite.replace(/^TLS_/, '').split('_WITH_')
  const name = cipher
    .replace(/^AES_/, 'AES')
    .replace('_CBC', '')
    .replace(/POLY1305_SHA256$/, 'POLY1305')
  return `${exchange === 'RSA' ? '' : `${exchange}-`}${name}`.replaceAll('_', '-')
}

function parseGroups(text: string): string | undefined {
  if (text === '') return undefined
  const numbers = text.split(',').map((number) => number.trim())
  if (new Set(numbers).size < numbers.length) throw new InvalidArgumentError('One of them is there twice.')
  const names = numbers.map((number) => {
    const name = groups.get(number)
    if (name !== undefined && isSupported(name)) return name
    const allowed = [...groups]
      .filter(([, found]) => isSupported(found))
      .map(([id, found]) => `${id} (${found})`)
    throw new InvalidArgumentError(`Allowed: ${allowed.join(', ')}.`)
  })
  return names.join(':')
}

/** Which there are depends on the OpenSSL that Node was built with. */
function isSupported(ecdhCurve: string): boolean {
  try {
    createSecureContext({ ecdhCurve })
    return true
  } catch {
    return false
  }
}
