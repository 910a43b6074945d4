import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { controllerCommand } from '#app/cli/controller.ts'
import { speakerCommand } from '#app/cli/speaker.ts'
import { ThirdPartyEntry } from '#app/plugin-entries.ts'
import type { MetricsProtection } from '#app/metrics-access.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-cli-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

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
