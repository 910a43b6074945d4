import type { Command } from 'commander'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { labCommand } from '#app/cli/lab.ts'

afterEach(() => vi.restoreAllMocks())

/** Ends with an error instead of the process. */
function quiet(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined })
  for (const child of command.commands) quiet(child)
  return command
}

async function printed(...args: string[]): Promise<string> {
  const log = vi.spyOn(console, 'log').mockReturnValue()
  await quiet(labCommand()).parseAsync(args, { from: 'user' })
  return log.mock.calls.flat().join('\n')
}

describe('herald lab', () => {
  it.each([[[]], [['list']]])('lists the topologies with a line each (%s)', async (args) => {
    const lines = (await printed(...args)).split('\n')
    expect(lines[0]).toBe('Topologies (herald lab start NAME):')
    expect(lines[1]).toMatch(/^ {2}bridge {2}three nodes/)
    expect(lines[2]).toMatch(/^ {2}routed {2}two nodes/)
  })

  it.each([
    [['start', 'mesh'], "'mesh' is invalid for argument 'topology'. It is none of bridge, routed."],
    [['start', 'routed', '--router', 'quagga'], "'quagga' is invalid. Allowed choices are frr, bird, gobgp."],
    [['start', 'bridge', '--service', 'web:80'], "'web:80' is invalid. It is not ADDRESS:PORT"],
    [
      ['start', 'bridge', '--service', '192.168.10.1:0'],
      "'192.168.10.1:0' is invalid. It is not ADDRESS:PORT",
    ],
    [
      ['start', 'bridge', '--service', '192.168.10.1:80/sctp'],
      'It is not ADDRESS:PORT with an optional /tcp or /udp',
    ],
    [['start'], "missing required argument 'topology'"],
  ])('refuses %s', async (args, message) => {
    await expect(quiet(labCommand()).parseAsync(args, { from: 'user' })).rejects.toThrow(message)
  })
})
