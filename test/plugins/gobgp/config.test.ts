import { describe, expect, it } from 'vitest'

import { parseConfig } from '#plugins/gobgp/config.ts'

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(parseConfig(undefined)).toEqual({
      endpoint: 'unix:/run/gobgp/api.sock',
      expected: false,
      listenPort: 179,
      belt: { maxPrefixes: 100_000 },
      drainTime: 1000,
    })
  })

  it('takes everything that the manual page names', () => {
    const tls = { ca: '/ca.pem', cert: '/cert.pem', key: '/key.pem', serverName: 'gobgp' }
    const input = {
      endpoint: '[fd00::1]:50051',
      tls,
      asn: 65_001,
      routerId: '192.0.2.1',
      listenPort: 0,
      maxPrefixes: 10,
      drainTime: '3s',
      allowedPrefixes: ['192.0.2.0/24'],
    }
    expect(parseConfig(input)).toMatchObject({
      tls,
      asn: 65_001,
      routerId: '192.0.2.1',
      listenPort: 0,
      drainTime: 3000,
    })
  })

  it.each([
    [[], 'gobgp: found []; allowed: an object'],
    [{ colour: 'blue' }, 'gobgp.colour'],
    [
      { endpoint: 'gobgpd' },
      'gobgp.endpoint: found "gobgpd"; allowed: unix:/path, host:port or [IPv6 address]:port',
    ],
    [{ endpoint: 'http://localhost:50051' }, 'gobgp.endpoint'],
    [{ tls: { ca: '' } }, 'gobgp.tls.ca: found ""; allowed: the path of a PEM file'],
    [{ tls: { cert: '/cert.pem' } }, 'gobgp.tls: found ["cert"]; allowed: cert and key together, or neither'],
    [{ tls: { crl: '/crl.pem' } }, 'gobgp.tls.crl'],
    [{ asn: 0 }, 'gobgp.asn: found 0; allowed: a whole number from 1 to 4294967295'],
    [{ routerId: 'fd00::1' }, 'gobgp.routerId: found "fd00::1"; allowed: an IPv4 address but 0.0.0.0'],
    [{ listenPort: 70_000 }, 'gobgp.listenPort'],
    [{ drainTime: '10s' }, 'gobgp.drainTime: found "10s"; allowed: a duration from 0s to 9s'],
    [{ allowedPrefixes: ['192.0.2.1/24'] }, 'gobgp.allowedPrefixes[0]'],
  ])('says where %j is wrong, what was found and what is allowed', (input, message) => {
    expect(() => parseConfig(input)).toThrow(message)
  })
})
