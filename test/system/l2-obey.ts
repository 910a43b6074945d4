/* Runs the l2 plugin in this process's namespace, at the command of the test that started it (see l2-node.ts). */
import { existsSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

import type { Target } from '#core/announcer.ts'
import { fakeHost } from '#core/fakes/fake-host.ts'
import { instantAt } from '#core/model/duration.ts'
import type { Address } from '#core/model/address.ts'
import l2 from '#plugins/l2/plugin.ts'
import type { Command, Told, WantedTarget } from './l2-node.ts'

/** Until standard input ends; `config` is the plugin's. */
export async function obeyStandardInput(config: unknown = {}): Promise<void> {
  const clock = {
    now: () => instantAt(performance.now()),
    after: (delay: number, task: () => void) => {
      const timer = setTimeout(task, delay)
      return () => clearTimeout(timer)
    },
  }
  const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`)
  const host = { ...fakeHost({ clock }), report: (observation: never) => tell({ observation }) }
  const announcer = l2.create(l2.parseConfig(config), host)
  const { signal } = new AbortController()
  await announcer.open(signal)
  let generation = 0

  const targetOf = ({ address, stage = 'serve', interfaces, fresh = false }: WantedTarget): Target => {
    const grant = host.grants.grant(address as Address, { fresh })
    return {
      address: address as Address,
      services: [],
      offers: [{ advertisement: 'L2Advertisement test/lan', options: interfaces ? { interfaces } : {} }],
      stage,
      ...(grant === undefined ? {} : { grant }),
    }
  }
  const obey = async (command: Command): Promise<unknown> => {
    switch (command.op) {
      case 'reconcile': {
        host.grants.retain(new Set(command.targets.map(({ address }) => address as Address)))
        const targets = command.targets.map(targetOf)
        const watched = (command.watched ?? []) as readonly Address[]
        return announcer.reconcile({ generation: ++generation, targets, resources: {}, watched }, signal)
      }
      case 'revoke':
        return host.grants.revoke(command.address as Address)
      case 'value':
        return host.metrics.value(command.metric, { ip: command.ip })
      case 'busy':
        return spin(command.until)
    }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, command } = JSON.parse(line) as { id: number; command: Command }
    tell({ id, result: (await obey(command)) ?? null })
  }
  await announcer.close()
}

function spin(until: string): void {
  writeFileSync(`${until}.busy`, '')
  while (!existsSync(until)) JSON.parse(JSON.stringify(process.versions))
}
