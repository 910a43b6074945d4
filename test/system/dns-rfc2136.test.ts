/* examples/plugins/dns-rfc2136 beside a real BIND: proven by herald plugins test, then used by herald standalone. */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  bridgeTopology,
  createLab,
  describeMissing,
  labRequirements,
  until,
  type Lab,
  type LabProcess,
} from '#lab/index.ts'

import { installExample } from './example-plugin.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const herald = [process.execPath, join(root, 'dist/herald.js')]
const requirements = await labRequirements(['bind'])
if (!requirements.ok) console.warn(`the tests of dns-rfc2136 are skipped: ${describeMissing(requirements)}`)

describe.skipIf(!requirements.ok)('dns-rfc2136', () => {
  const secret = Buffer.from('the s3cret that BIND and Herald share').toString('base64')
  let lab: Lab
  let folder: string
  let keyFile: string

  beforeAll(async () => {
    lab = await createLab(bridgeTopology({ nodes: ['node1', 'node2'], pods: false }))
    folder = join(lab.directory, 'dns')
    keyFile = join(folder, 'key')
    await installExample('dns-rfc2136', join(folder, 'plugin'), 'dns-packet')
    await writeFile(join(folder, 'herald.json'), heraldConfig(folder))
    await startBind()
  })
  afterAll(() => lab?.dispose())

  async function startBind(): Promise<void> {
    await writeFile(keyFile, `key "herald" { algorithm hmac-sha256; secret "${secret}"; };\n`)
    const soa = '@ 300 IN SOA ns hostmaster 1 3600 600 86400 60'
    const zone = ['$TTL 300', soa, '@ NS ns', 'ns A 127.0.0.1', 'host A 198.51.100.17', '']
    await writeFile(join(folder, 'lb.example'), zone.join('\n'))
    await writeFile(join(folder, 'named.conf'), namedConf(folder))
    const bind = lab.node('node1').spawn(['named', '-g', '-c', join(folder, 'named.conf')], { name: 'named' })
    await bind.waitForLine(/ running$/)
  }

  async function dig(...question: readonly string[]): Promise<string[]> {
    const command = ['dig', '@127.0.0.1', '-p', '5300', '-k', keyFile, '+noall', '+answer', ...question]
    const { stdout } = await lab.node('node1').exec(command)
    return stdout
      .split('\n')
      .flatMap((line) => /\s(\d+)\s+IN\s+\w+\s+(.*)/.exec(line)?.slice(1).join(' ') ?? [])
  }

  it('keeps every promise of the seam, and what BIND answers follows what it announces', async () => {
    const env = { TSIG_SECRET: secret, TSIG_KEY_FILE: keyFile }
    const { stdout } = await lab
      .node('node1')
      .exec([...herald, 'plugins', 'test', join(folder, 'plugin')], { env, cwd: folder, timeout: 55_000 })
    expect(stdout).toContain('✓ falls silent when the fence closes, without another reconcile')
    expect(stdout).toContain('✓ clears or adopts what an earlier run left behind')
    expect(stdout).toContain('✓ never lets a secret reach a log line or an observation')
    expect(stdout).toMatch(/\d+ hold, 0 fail/)
  })

  it('publishes Services of herald standalone under their names, with the TTL of the Advertisement', async () => {
    await put(secret)
    const process = start()
    await until(
      'BIND to know the addresses',
      async () => (await dig('web.shop.lb.example', 'AAAA')).length > 0,
    )
    expect(await dig('web.shop.lb.example', 'A')).toEqual(['7 192.0.2.0'])
    expect(await dig('web.shop.lb.example', 'AAAA')).toEqual(['7 2001:db8::'])
    expect(await dig('web.shop.lb.example', 'TXT')).toEqual(['7 "herald node-a"'])
    await process.stop()
    expect(await dig('web.shop.lb.example', 'A')).toEqual([])
    expect(await dig('host.lb.example', 'A')).toEqual(['300 198.51.100.17'])
  })

  it('says what the server refuses, and tries again', async () => {
    await put(randomBytes(32).toString('base64'))
    const process = start()
    await process.waitForLine(/the server refused the signature \(BADSIG: the secret is another\)/)
    await put(secret)
    await until('BIND to know the address', async () => (await dig('web.shop.lb.example', 'A')).length > 0)
    await process.stop()
  })

  it('leaves alone what another node has taken over', async () => {
    await put(secret)
    const process = start()
    await until(
      'BIND to know the addresses',
      async () => (await dig('web.shop.lb.example', 'AAAA')).length > 0,
    )
    const name = 'web.shop.lb.example'
    const taken = [
      'server 127.0.0.1 5300',
      `update delete ${name} TXT`,
      `update add ${name} 7 TXT "herald node-b"`,
      'send',
      '',
    ]
    await lab.node('node1').run(['nsupdate', '-k', keyFile], { stdin: taken.join('\n') })
    await process.stop()
    expect(await dig(name, 'A')).toEqual(['7 192.0.2.0'])
    expect(await dig(name, 'TXT')).toEqual(['7 "herald node-b"'])
  })

  async function put(key: string): Promise<void> {
    await mkdir(join(folder, 'lb'), { recursive: true })
    await writeFile(
      join(folder, 'lb/all.json'),
      manifests(key)
        .map((one) => JSON.stringify(one))
        .join('\n---\n'),
    )
  }

  function start(): LabProcess {
    const config = ['--config', join(folder, 'herald.json'), '--node-name', 'node-a', '--log-level', 'debug']
    const off = ['--metrics-address', 'off', '--status-address', 'off']
    const argv = [...herald, 'standalone', join(folder, 'lb'), ...config, ...off]
    return lab.node('node1').spawn(argv, { name: 'herald' })
  }
})

function namedConf(folder: string): string {
  return `include "${folder}/key";
options {
  directory "${folder}"; pid-file none; session-keyfile none; managed-keys-directory "${folder}";
  listen-on port 5300 { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no; empty-zones-enable no;
};
controls { };
zone "lb.example" {
  type primary; file "${folder}/lb.example";
  update-policy { grant herald zonesub ANY; };
  allow-transfer { key herald; };
};
`
}

function heraldConfig(folder: string): string {
  const config = {
    server: '127.0.0.1',
    port: 5300,
    zone: 'lb.example',
    keyName: 'herald',
    keySecret: 'dns-key',
    state: join(folder, 'names.json'),
  }
  const plugins = { 'dns-rfc2136': { module: './plugin/dist/plugin.js', config } }
  return JSON.stringify({ apiVersion: 'heraldlb.io/v1alpha1', kind: 'HeraldConfig', plugins })
}

function manifests(secret: string): object[] {
  const namespace = 'metallb-system'
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'dns-key', namespace }, stringData: { secret } },
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name: 'pool', namespace },
      spec: { addresses: ['192.0.2.0/28', '2001:db8::/120'] },
    },
    {
      apiVersion: 'heraldlb.io/v1alpha1',
      kind: 'Advertisement',
      metadata: { name: 'names', namespace },
      spec: { announcer: 'dns-rfc2136', options: { ttl: 7 } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        type: 'LoadBalancer',
        ipFamilyPolicy: 'RequireDualStack',
        ipFamilies: ['IPv4', 'IPv6'],
        ports: [{ port: 80 }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-a' },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
  ]
}
