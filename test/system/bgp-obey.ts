/* Does what a BgpNode asks for, until its standard input ends. */
import { createInterface } from 'node:readline'

import type { Command, Told } from './bgp-node.ts'
import { Speaker, type SpeakerOptions } from './bgp-speaker.ts'

export async function obeyStandardInput(options: SpeakerOptions = {}): Promise<void> {
  const speaker = new Speaker({ ...options, observed: (observation) => tell({ observation }) })
  await speaker.open()
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, command } = JSON.parse(line) as { readonly id: number; readonly command: Command }
    tell({ id, result: (await answer(speaker, command)) ?? null })
  }
  await speaker.close()
}

async function answer(speaker: Speaker, command: Command): Promise<unknown> {
  switch (command.op) {
    case 'desire':
      return speaker.desire(command.wish)
    case 'value':
      return speaker.host.metrics.value(command.metric, { peer: command.peer })
    case 'secret':
      speaker.host.secrets.set(command.name, { password: new TextEncoder().encode(command.password) })
      return undefined
    case 'block': {
      const end = performance.now() + command.milliseconds
      while (performance.now() < end);
      return undefined
    }
  }
}

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
