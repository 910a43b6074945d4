import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { run } from './run.ts'

const example = fileURLToPath(new URL('../../../examples/plugins/exabgp-style/announce.py', import.meta.url))

let folder: string
let config: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-plugins-'))
  config = join(folder, 'herald.yaml')
  await writeFile(
    config,
    `plugins:\n  exabgp-style: { executable: ${example}, config: { file: ${folder}/routes } }\n`,
  )
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('herald plugins', () => {
  it('lists what is loaded: version, source, placement, fencing, health, and a table of options', async () => {
    const { out, status } = await run(['plugins', '--config', config])
    expect(out).toMatch(/^NAME +VERSION +SOURCE +PLACEMENT +FENCING +USES +HEALTH$/m)
    expect(out).toMatch(/^l2 +\S+ +built in +one-node +frame +- +loads$/m)
    expect(out).toMatch(/^exabgp-style +1\.0\.0 +executable \S+announce\.py +every-node +none +- +loads$/m)
    expect(out).toMatch(
      /options of exabgp-style:\n +OPTION +TYPE +DEFAULT +MEANING\n.*^ +community +string +- +\S/ms,
    )
    expect(status).toBe(0)
  })

  it('has the same for programs, with the schema of the options', async () => {
    const { out } = await run(['plugins', '--config', config, '-o', 'json'])
    const { plugins } = JSON.parse(out) as { plugins: { name: string }[] }
    expect(plugins.find(({ name }) => name === 'exabgp-style')).toMatchObject({
      version: '1.0.0',
      optionsSchema: { properties: { community: { type: 'string' } } },
    })
  })

  it('names module, stage and remedy of what does not load, and lists the rest', async () => {
    await writeFile(config, 'plugins: { absent: { module: ./absent.mjs } }')
    const { out, err, status } = await run(['plugins', '--config', config])
    expect(err).toMatch(/absent.*module \.\/absent\.mjs.*find: .*Remedy: /s)
    expect(out).toMatch(/^native-bgp /m)
    expect(status).toBe(1)
  })
})

describe('an Advertisement for a plugin of a third party', () => {
  const manifests = (options: string): string => `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: pool, namespace: metallb-system }
spec: { addresses: [192.0.2.0/28] }
---
apiVersion: heraldlb.io/v1alpha1
kind: Advertisement
metadata: { name: routes, namespace: metallb-system }
spec: { announcer: exabgp-style, options: ${options} }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
`

  it('is planned with its options', async () => {
    const stdin = manifests('{ community: "65000:1" }')
    const { out, status } = await run(['plan', '--config', config, '-f', '-', '-o', 'json'], { stdin })
    const { services } = JSON.parse(out) as { services: object[] }
    expect(services).toMatchObject([
      { addresses: ['192.0.2.0'], announcements: [{ announcer: 'exabgp-style' }] },
    ])
    expect(status).toBe(0)
  })

  it('is refused with the field, what was found and what is allowed, by the schema of the plugin', async () => {
    const stdin = manifests('{ community: 7 }')
    const { out, err } = await run(['plan', '--config', config, '-f', '-'], { stdin })
    expect(out + err).toMatch(/routes.*spec\.options\.community.*found.*7.*string/s)
  })

  it('is refused where the plugin is not loaded', async () => {
    const { out, err } = await run(['plan', '-f', '-'], { stdin: manifests('{}') })
    expect(out + err).toMatch(/UnknownAnnouncer.*exabgp-style/s)
  })
})
