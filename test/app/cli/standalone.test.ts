import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { standaloneCommand } from '#app/cli/standalone.ts'
import type { StandaloneOptions } from '#app/standalone/options.ts'
import { profiles, timingOf } from '#core/membership/timing.ts'
import { milliseconds } from '#core/model/duration.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-cli-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The options that the command line comes to, or what is wrong with it. */
async function parsed(...args: string[]): Promise<StandaloneOptions | string> {
  let found: StandaloneOptions | undefined
  let complaint = ''
  const command = standaloneCommand(async (options) => {
    found = options
  })
  command.exitOverride().configureOutput({ writeErr: (text) => (complaint += text) })
  try {
    await command.parseAsync(args, { from: 'user' })
  } catch {
    return complaint.trim()
  }
  return found ?? 'no options'
}

describe('herald standalone', () => {
  it('needs nothing but a folder', async () => {
    expect(await parsed(folder, '--node-name', 'node-a')).toEqual({
      folder,
      stateFolder: join(folder, '.herald'),
      node: 'node-a',
      settings: {
        namespace: 'metallb-system',
        bgpBackend: 'native-bgp',
        l2Candidates: 'herald',
        election: 'hash',
        ignoreExcludeLb: false,
      },
      metrics: { host: '127.0.0.1', port: 7472 },
      protection: { reviewed: false },
      statusPage: { host: '127.0.0.1', port: 7474 },
      heartbeats: { port: 7473, timing: profiles.default, policy: 'available' },
      moveBudget: { perMinute: 300 },
      follow: false,
      plugins: {},
      logLevels: { rest: 'info', modules: {} },
    })
  })

  it('has the frr plugin write a file for --frr-render-only, beside what the configuration says of it', async () => {
    await writeFile(join(folder, 'config.yaml'), 'plugins:\n  frr: { maxPrefixes: 9 }\n')
    const flags = [folder, '--frr-render-only=/etc/frr/frr.conf']
    expect(await parsed(...flags)).toMatchObject({ plugins: { frr: { renderOnly: '/etc/frr/frr.conf' } } })
    expect(await parsed(...flags, `--config=${folder}/config.yaml`)).toMatchObject({
      plugins: { frr: { renderOnly: '/etc/frr/frr.conf', maxPrefixes: 9 } },
    })
  })

  it('takes every flag', async () => {
    await writeFile(join(folder, 'config.yaml'), 'plugins:\n  l2: { interfaces: [eth0] }\n')
    const flags = [
      '--node-name=node-a.example',
      `--state=${folder}/state`,
      '--metrics-address=[::1]:9000',
      '--metrics-cert-dir=/etc/tls',
      '--status-address=off',
      '--heartbeat-port=9001',
      '--heartbeat-key-file=/run/key',
      '--heartbeat-interval=100ms',
      '--heartbeat-timeout=1s',
      '--partition-policy=majority',
      '--follow',
      `--config=${folder}/config.yaml`,
      '--log-level=warn,l2=debug',
      '--namespace=lb',
      '--lb-class=example.com/herald',
      '--l2-candidates=metallb',
      '--ignore-exclude-lb',
      '--move-budget',
      '20',
    ]
    expect(await parsed(folder, ...flags)).toEqual({
      folder,
      stateFolder: join(folder, 'state'),
      node: 'node-a.example',
      settings: {
        namespace: 'lb',
        lbClass: 'example.com/herald',
        bgpBackend: 'native-bgp',
        l2Candidates: 'metallb',
        election: 'hash',
        ignoreExcludeLb: true,
      },
      metrics: { host: '::1', port: 9000 },
      protection: {
        certificate: { cert: '/etc/tls/tls.crt', key: '/etc/tls/tls.key' },
        reviewed: false,
      },
      moveBudget: { perMinute: 20 },
      heartbeats: {
        port: 9001,
        keyFile: '/run/key',
        timing: timingOf(milliseconds(100), milliseconds(1000)),
        policy: 'majority',
      },
      follow: true,
      plugins: { l2: { interfaces: ['eth0'] } },
      logLevels: { rest: 'warn', modules: { l2: 'debug' } },
    })
  })

  it.each([
    [['--metrics-address', 'off'], undefined],
    [['--metrics-address', ':9000'], { host: '::', port: 9000 }],
    [['--metrics-port', '9000'], { host: '127.0.0.1', port: 9000 }],
  ])('%j serves metrics at %j', async (flags, metrics) => {
    expect(await parsed(folder, ...flags)).toMatchObject(metrics === undefined ? {} : { metrics })
    if (metrics === undefined) expect(await parsed(folder, ...flags)).not.toHaveProperty('metrics')
  })

  it.each([
    [
      ['--metrics-address', '127.0.0.1'],
      "argument '127.0.0.1' is invalid. Allowed: HOST:PORT, [IPV6]:PORT, :PORT or off.",
    ],
    [['--metrics-port', '0'], "argument '0' is invalid. Allowed: 1 to 65535."],
    [['--heartbeat-port', '70000'], "argument '70000' is invalid. Allowed: 1 to 65535."],
    [['--heartbeat-interval', '50'], "argument '50' is invalid. Allowed: a duration such as 50ms or 1s."],
    [['--quarantine', '1h'], 'error: --quarantine: of no effect without --probe-before-assign'],
    [
      ['--probe-before-assign', '--follow'],
      'error: --probe-before-assign: of no effect with --follow, which never allocates',
    ],
    [['--quarantine', '3000000h'], "argument '3000000h' is invalid. Allowed: at most 2562047h, 292 years."],
    [
      ['--heartbeat-timeout', '100ms'],
      'error: --heartbeat-timeout: found 100ms, allowed: at least 5 times --heartbeat-interval, 125ms',
    ],
    [['--node-name', 'Node_A'], 'It is found "Node_A", allowed: 1 to 253 lower-case letters'],
    [['--bgp-backend', 'natve-bgp'], 'did you mean "native-bgp"?'],
    [['--log-level', 'loud'], 'Allowed: all, debug, info, warn, error, none; after a comma MODULE=LEVEL'],
    [['--frobnicate'], "error: unknown option '--frobnicate'"],
    [['--config', '/nonexistent'], 'error: --config: ENOENT'],
  ])('refuses %j and says what is allowed', async (flags, complaint) => {
    expect(await parsed(folder, ...flags)).toContain(complaint)
  })

  it.each([
    ['plugins: [l2]', 'config.yaml: plugins: found array; allowed: object'],
    [
      'plugin: {}',
      'config.yaml: plugin: found an unknown field; allowed: apiVersion, kind or plugins; did you mean "plugins"?',
    ],
    ['"', 'unexpected end of the stream'],
  ])('refuses the configuration %j', async (text, complaint) => {
    await writeFile(join(folder, 'config.yaml'), text)
    expect(await parsed(folder, '--config', join(folder, 'config.yaml'))).toContain(complaint)
  })

  it('refuses a folder that is not there, or none', async () => {
    expect(await parsed(join(folder, 'nowhere'))).toContain('There is no such folder.')
    await writeFile(join(folder, 'file'), '')
    expect(await parsed(join(folder, 'file'))).toContain('It is not a folder.')
    expect(await parsed()).toContain("missing required argument 'dir'")
  })
})
