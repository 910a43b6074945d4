import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'

import { beforeAll, describe, expect, test } from 'vitest'

import { issueServer, makeAuthority, type KeyPair } from '#app/kubernetes/webhook/certificates.ts'
import {
  bundleText,
  materialFrom,
  nextStep,
  secretData,
  withAuthority,
  type Material,
  type Situation,
} from '#app/kubernetes/webhook/material.ts'

const names = ['herald-webhook.metallb-system.svc', 'herald-webhook']
const day = 24 * 3600 * 1000
const made = new Date('2026-03-01T00:00:00Z')
const after = (days: number): Date => new Date(made.getTime() + days * day)

let authority: KeyPair
let server: KeyPair
let material: Material

beforeAll(async () => {
  authority = await makeAuthority(made)
  server = await issueServer(authority, names, made)
  material = { bundle: [authority.cert], authorityKey: authority.key, server }
})

describe('the certificates', () => {
  test('the authority signs servers and nothing below them', () => {
    const cert = new X509Certificate(authority.cert)
    expect(cert.ca).toBe(true)
    expect(cert.checkIssued(cert)).toBe(true)
    expect(cert.verify(cert.publicKey)).toBe(true)
  })

  test('the server is called by its names and by no other', () => {
    const cert = new X509Certificate(server.cert)
    expect(cert.ca).toBe(false)
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    for (const name of names) expect(cert.checkHost(name)).toBe(name)
    expect(cert.checkHost('kubernetes.default.svc')).toBeUndefined()
  })

  test('no two have one serial number', async () => {
    const again = await issueServer(authority, names, made)
    const numbers = [authority, server, again].map(({ cert }) => new X509Certificate(cert).serialNumber)
    expect(new Set(numbers).size).toBe(3)
    for (const number of numbers) expect(number).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  test('a client that trusts the authority alone takes the server for what it is called', async () => {
    const [trusted, stranger] = [await makeAuthority(new Date()), await makeAuthority(new Date())]
    const listener = createServer(await issueServer(trusted, names, new Date())).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    const shake = async (ca: string, servername = names[0] ?? ''): Promise<string> => {
      const socket = connect({ port, host: '127.0.0.1', ca, servername })
      const outcome = await Promise.race([
        once(socket, 'secureConnect').then(() => 'trusted'),
        once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code ?? ''),
      ]).catch((error: NodeJS.ErrnoException) => error.code ?? '')
      socket.destroy()
      return outcome
    }
    expect(await shake(trusted.cert)).toBe('trusted')
    expect(await shake(bundleText([stranger.cert, trusted.cert]))).toBe('trusted')
    expect(await shake(stranger.cert)).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/)
    expect(await shake(trusted.cert, 'other.svc')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    listener.closeAllConnections()
    listener.close()
  })
})

describe('what the Secret holds', () => {
  const bytes = (data: Readonly<Record<string, string>>): Record<string, Uint8Array> =>
    Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text, 'base64')]))

  test('is read as it was written, with all whom it trusts', async () => {
    const next = await makeAuthority(made)
    const both = { ...material, bundle: [next.cert, authority.cert], authorityKey: next.key }
    const read = materialFrom(bytes(secretData(both)))
    expect(bundleText(read?.bundle ?? [])).toBe(bundleText(both.bundle))
    expect(read?.server).toEqual(server)
  })

  test.each(['ca.crt', 'ca.key', 'tls.crt', 'tls.key'])('is of no use without %s', (field) => {
    const { [field]: _, ...rest } = secretData(material)
    expect(materialFrom(bytes(rest))).toBeUndefined()
  })

  test('is of no use with the key of another', async () => {
    const { key } = await makeAuthority(made)
    const swapped = secretData({ ...material, server: { cert: server.cert, key } })
    expect(materialFrom(bytes(swapped))).toBeUndefined()
  })
})

describe('what has to be done next', () => {
  const step = (situation: Partial<Situation>): string =>
    nextStep({ material, published: bundleText(material.bundle), names, now: after(1), ...situation })

  test('everything, when there is nothing', () => expect(step({ material: undefined })).toBe('anew'))
  test('nothing, when all is well', () => expect(step({})).toBe('none'))
  test('nothing more, while there is no configuration to be told', () =>
    expect(step({ published: undefined })).toBe('none'))
  test('the word of it, when the API server trusts somebody else', () =>
    expect(step({ published: '' })).toBe('publish'))
  test('a new certificate in the last third of its 90 days', () => {
    expect(step({ now: after(59) })).toBe('none')
    expect(step({ now: after(61) })).toBe('server')
    expect(step({ now: after(200) })).toBe('server')
  })
  test('a new certificate, when the server is called by another name', () =>
    expect(step({ names: [...names, 'another'] })).toBe('server'))
  test('a new authority in the last third of its five years', () =>
    expect(step({ now: after(4 * 365) })).toBe('authority'))
  test('everything again, when the clock that made it was ahead', () =>
    expect(step({ now: after(-1) })).toBe('authority'))

  test('a new authority is trusted before what it signs is served, and the old one stays for its time', async () => {
    const now = after(4 * 365)
    const next = await makeAuthority(now)
    const bundle = withAuthority(material.bundle, next.cert, now)
    const between = { ...material, bundle, authorityKey: next.key }
    expect(bundle).toEqual([next.cert, authority.cert])
    expect(step({ material: between, now })).toBe('publish')
    expect(step({ material: between, now, published: bundleText(bundle) })).toBe('server')
    const last = { ...between, server: await issueServer(next, names, now) }
    expect(step({ material: last, now, published: bundleText(bundle) })).toBe('none')
    expect(withAuthority(bundle, 'newer', after(6 * 365))).toEqual(['newer', next.cert])
  })
})
