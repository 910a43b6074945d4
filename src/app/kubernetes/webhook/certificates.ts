/* Making the webhook's certificates: an authority of its own, and by it the certificate of the server (RFC 5280). */
// The library is built on tsyringe, which asks for it.
import 'reflect-metadata'

import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto'

import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A certificate and its key, both PEM; the key as PKCS #8. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 24 * 3600 * 1000
const authorityLife = 5 * 365 * day
const serverLife = 90 * day
/** The API server's clock may be behind ours. */
const skew = 3600 * 1000

cryptoProvider.set(webcrypto)

export async function makeAuthority(now: Date): Promise<KeyPair> {
  const keys = await generate()
  const cert = await X509CertificateGenerator.createSelfSigned({
    ...validity(now, authorityLife),
    serialNumber: serial(),
    name: `CN=herald-webhook-ca-${randomBytes(4).toString('hex')}`,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: cert.toString('pem'), key: await pemOf(keys.privateKey) }
}

/** For a server that is called by any of `names`; the first is its subject. */
export async function issueServer(authority: KeyPair, names: readonly string[], now: Date): Promise<KeyPair> {
  const issuer = new X509Certificate(authority.cert)
  const keys = await generate()
  const cert = await X509CertificateGenerator.create({
    ...validity(now, serverLife),
    serialNumber: serial(),
    subject: `CN=${names[0] ?? ''}`,
    issuer: issuer.subject,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: await serverExtensions(issuer, names),
  })
  return { cert: cert.toString('pem'), key: await pemOf(keys.privateKey) }
}

async function serverExtensions(issuer: X509Certificate, names: readonly string[]): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))),
    await AuthorityKeyIdentifierExtension.create(issuer),
  ]
}

/** Whole seconds: a certificate holds no others. */
function validity(now: Date, life: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const second = Math.floor(now.getTime() / 1000) * 1000
  return { notBefore: new Date(second - skew), notAfter: new Date(second + life) }
}

/** Positive, and not guessable (RFC 5280 §4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function generate(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()
}
