import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { controllerCommand } from '#app/cli/controller.ts'
import { speakerCommand } from '#app/cli/speaker.ts'
import { ThirdPartyEntry } from '#app/plugin-entries.ts'
import type { MetricsProtection } from '#app/metrics-access.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-cli-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  return rm(folder, { recursive: true, force: true })
})

interface Options {
  readonly protection: MetricsProtection
  readonly plugins: Readonly<Record<string, unknown>>
  readonly statusPage?: object
}

const commands = {
  controller: (run: (options: Options) => Promise<void>): Command => controllerCommand(run),
  speaker: (run: (options: Options) => Promise<void>): Command => speakerCommand(run),
}

/** The options that the command line comes to, or what is wrong with it. */
async function parsed(name: keyof typeof commands, ...args: string[]): Promise<Options | string> {
  let found: Options | undefined
  let complaint = ''
  const command = commands[name](async (options) => void (found = options))
  command.exitOverride().configureOutput({ writeErr: (text) => (complaint += text) })
  const key = name === 'speaker' ? ['--heartbeat-key-file', '/run/key'] : []
  try {
    await command.parseAsync([...key, ...args], { from: 'user' })
  } catch {
    return complaint.trim()
  }
  return found ?? 'no options'
}

/** Of metallb-behaviour: the flags that MetalLB's two programs take, as manifests have them. */
const metallb = {
  controller: [
    '--port=0',
    '--namespace=lb',
    '--ml-secret-name=memberlist',
    '--deployment=controller',
    '--log-level=debug',
    '--pprof-bind-address=127.0.0.1:6060',
    '--health-probe-port=17472',
    '--disable-cert-rotation=true',
    '--cert-dir=/tmp/certs',
    '--cert-service-name=metallb-webhook-service',
    '--webhook-secret=metallb-webhook-cert',
    '--webhook-mode=enabled',
    '--webhook-http2=false',
    '--lb-class=lb',
    '--pod-name=controller-1',
    '--tls-min-version=VersionTLS12',
    '--tls-cipher-suites=TLS_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
    '--tls-curve-preferences=29,23',
    '--metrics-cert-dir=/etc/tls',
    '--kubeconfig=/etc/kubeconfig',
  ],
  speaker: [
    '--port=9120',
    '--namespace=lb',
    '--node-name=node1',
    '--host=192.0.2.1',
    '--ml-bindaddr=192.0.2.1',
    '--ml-bindport=7946',
    '--ml-labels=app=metallb',
    '--ml-secret-key-path=/etc/ml_secret_key',
    '--ml-wan-config=true',
    '--health-probe-port=17472',
    '--ignore-exclude-lb=true',
    '--bgp-debounce-timeout=3000',
    '--frrk8s-namespace=frr',
    '--frrk8s-secret-passthrough=false',
    '--log-level=none',
    '--pprof-bind-address=:6060',
    '--lb-class=lb',
    '--pod-name=speaker-1',
    '--tls-min-version=VersionTLS13',
    '--tls-curve-preferences=24',
    '--metrics-cert-dir=/etc/tls',
  ],
} as const

describe('a command line of MetalLB', () => {
  const certificate = { cert: '/etc/tls/tls.crt', key: '/etc/tls/tls.key' }

  it('starts a controller, and means what it says', async () => {
    const tls = {
      minVersion: 'TLSv1.2',
      ciphers:
        'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305',
      ecdhCurve: 'X25519:P-256',
    }
    const options = await parsed('controller', ...metallb.controller)
    expect(options).toMatchObject({
      settings: { namespace: 'lb', lbClass: 'lb' },
      podName: 'controller-1',
      heartbeatSecret: 'memberlist',
      probes: { host: '::', port: 17_472 },
      protection: { certificate, tls, reviewed: false },
      webhook: { names: { secret: 'metallb-webhook-cert', service: 'metallb-webhook-service' }, tls },
      ignored: ['--deployment', '--pprof-bind-address', '--cert-dir', '--disable-cert-rotation'],
    })
    expect(options).not.toHaveProperty('metrics')
  })

  it('starts a speaker, and means what it says', async () => {
    expect(await parsed('speaker', ...metallb.speaker)).toMatchObject({
      node: 'node1',
      settings: { namespace: 'lb', lbClass: 'lb', ignoreExcludeLb: true },
      metrics: { host: '::', port: 9120 },
      probes: { host: '127.0.0.1', port: 17_472 },
      protection: { certificate, tls: { minVersion: 'TLSv1.3', ecdhCurve: 'P-384' } },
      heartbeats: { port: 7946 },
      ignored: [
        '--host',
        '--ml-bindaddr',
        '--ml-labels',
        '--bgp-debounce-timeout',
        '--pprof-bind-address',
        '--frrk8s-namespace',
        '--ml-wan-config',
      ],
    })
  })

  it.each([
    ['--webhook-mode=onlywebhook', /Allowed: enabled, disabled\. A controller of Herald always allocates/],
    ['--tls-min-version=VersionTLS10', /Allowed: VersionTLS12 or VersionTLS13/],
    ['--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA', /TLS_RSA_WITH_RC4_128_SHA is none that there is/],
    ['--tls-curve-preferences=29,29', /One of them is there twice/],
    ['--tls-curve-preferences=0', /Allowed: 23 \(P-256\), 24 \(P-384\), 25 \(P-521\), 29 \(X25519\)/],
    ['--port=-1', /Allowed: 1 to 65535/],
  ])('is refused where it asks for what there is not: %s', async (flag, message) => {
    expect(await parsed('controller', flag)).toMatch(message)
  })

  it('chooses no cipher suites where TLS 1.3 is the least', async () => {
    const flags = ['--tls-min-version=VersionTLS13', '--tls-cipher-suites=TLS_RSA_WITH_AES_128_GCM_SHA256']
    expect(await parsed('controller', '--metrics-cert-dir=/etc/tls', ...flags)).toMatch(
      /^error: --tls-cipher-suites: found it beside --tls-min-version=VersionTLS13/,
    )
  })

  it('may be in the environment', async () => {
    const names = { METALLB_NAMESPACE: 'lb', METALLB_BGP_TYPE: 'frr', METALLB_POD_NAME: 'pod-1' }
    const more = {
      METALLB_NODE_NAME: 'node1',
      METALLB_ML_SECRET_NAME: 'memberlist',
      METALLB_ML_BIND_PORT: '7946',
    }
    for (const [name, value] of Object.entries({ ...names, ...more })) vi.stubEnv(name, value)
    const settings = { namespace: 'lb', bgpBackend: 'frr' }
    expect(await parsed('controller')).toMatchObject({
      settings,
      podName: 'pod-1',
      heartbeatSecret: 'memberlist',
    })
    expect(await parsed('speaker')).toMatchObject({ settings, node: 'node1', heartbeats: { port: 7946 } })
    vi.stubEnv('METALLB_BGP_TYPE', 'native')
    expect(await parsed('controller')).toMatchObject({ settings: { bgpBackend: 'native-bgp' } })
    vi.stubEnv('METALLB_BGP_TYPE', 'frr-k8s')
    expect(await parsed('controller')).toMatch(/'frr-k8s' is invalid\. Allowed: native-bgp, frr or gobgp/)
  })

  it('has the interfaces that its ConfigMap leaves out', async () => {
    const file = join(folder, 'excludel2.yaml')
    const excluded = async (text: string, ...more: string[]): Promise<unknown> => {
      await writeFile(file, text)
      const options = await parsed('speaker', `--excludel2=${file}`, ...more)
      return typeof options === 'string' ? options : options.plugins['l2']
    }
    expect(await excluded('announcedInterfacesToExclude: ["^eth1$", "^docker.*"]')).toEqual({
      excludeInterfaces: ['^eth1$', '^docker.*'],
    })
    expect(await excluded('')).toEqual({ excludeInterfaces: [] })
    expect(await excluded('announcedInterfacesToExclude: ["("]')).toBe(
      `error: ${file}: announcedInterfacesToExclude[0]: found "(", allowed: a regular expression`,
    )
    expect(await excluded('[]')).toBe(
      `error: ${file}: found [], allowed: a mapping with announcedInterfacesToExclude`,
    )
    const config = join(folder, 'herald.yaml')
    await writeFile(config, 'plugins: { l2: { excludeInterfaces: [lo] } }')
    expect(await excluded('announcedInterfacesToExclude: [eth1]', '--config', config)).toEqual({
      excludeInterfaces: ['lo'],
    })
  })
})

describe.each(['controller', 'speaker'] as const)('herald %s', (name) => {
  it('serves metrics in the clear unless it is told otherwise', async () => {
    expect(await parsed(name)).toMatchObject({ protection: { reviewed: false } })
  })

  it('serves them over HTTPS to those whom the API server lets', async () => {
    const certificate = { cert: '/etc/tls/tls.crt', key: '/etc/tls/tls.key' }
    const flags = ['--metrics-cert-dir', '/etc/tls']
    expect(await parsed(name, ...flags)).toMatchObject({ protection: { certificate, reviewed: false } })
    expect(await parsed(name, ...flags, '--metrics-secure')).toMatchObject({
      protection: { certificate, reviewed: true },
    })
  })

  it('asks for no token where everybody could read it', async () => {
    expect(await parsed(name, '--metrics-secure')).toBe(
      'error: --metrics-secure: found no --metrics-cert-dir, allowed: a folder with tls.crt and tls.key beside it',
    )
  })

  it('serves its status page on loopback, elsewhere or not at all', async () => {
    expect(await parsed(name)).toMatchObject({
      statusPage: { host: '127.0.0.1', port: 7474 },
    })
    expect(await parsed(name, '--status-address', '[::1]:8080')).toMatchObject({
      statusPage: { host: '::1', port: 8080 },
    })
    expect(await parsed(name, '--status-address', 'off')).not.toHaveProperty('statusPage')
  })

  it('knows the plugins that its configuration names', async () => {
    const file = join(folder, 'herald.yaml')
    await writeFile(file, 'plugins:\n  mine: { executable: ./mine.py, config: { file: x } }\n')
    const options = await parsed(name, '--config', file)
    expect(options).toMatchObject({ plugins: { mine: expect.any(ThirdPartyEntry) } })
  })

  it.each([
    ['plugins: [mine]', /--config: .*plugins: found array/],
    ['plugins: { mine: { modul: x } }', /--config: .*plugins\.mine/],
    ['plugins: { mine: {} }', /plugins\.mine: found neither module nor executable/],
  ])('refuses the configuration %s and says why', async (text, message) => {
    const file = join(folder, 'herald.yaml')
    await writeFile(file, text)
    expect(await parsed(name, '--config', file)).toMatch(message)
  })

  it('refuses a backend that nothing is, and takes one that a plugin is', async () => {
    expect(await parsed(name, '--bgp-backend', 'mine')).toMatch(/argument 'mine' is invalid/)
    const file = join(folder, 'herald.yaml')
    await writeFile(file, 'plugins: { mine: { executable: ./mine.py } }')
    expect(await parsed(name, '--config', file, '--bgp-backend', 'mine')).not.toBeTypeOf('string')
  })
})
