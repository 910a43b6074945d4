import { describe, expect, it } from 'vitest'

import { createLogger, type LogLevel } from '#app/log.ts'

function logTo(
  lines: string[],
  human = false,
  rest: LogLevel = 'info',
  modules: Readonly<Record<string, LogLevel>> = {},
) {
  return createLogger({ levels: { rest, modules }, human, write: (text) => void lines.push(text) })
}

describe('log', () => {
  it('writes one JSON object per line, with the message constant and the rest in fields', () => {
    const lines: string[] = []
    logTo(lines).child({ node: 'node-a' }).warn('member lost', { member: 'node-b' })
    const { ts, ...rest } = JSON.parse(lines[0]!) as Record<string, unknown>
    expect(rest).toEqual({ level: 'warn', node: 'node-a', member: 'node-b', msg: 'member lost' })
    expect(Date.parse(String(ts))).not.toBeNaN()
  })

  it('reads well on a terminal', () => {
    const lines: string[] = []
    logTo(lines, true).info('address assigned', { service: 'default/web', message: 'a free address', n: 3 })
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} info {2}address assigned {2}service=default\/web message="a free address" n=3\n$/,
    )
  })

  it('leaves out what is below its level', () => {
    const lines: string[] = []
    logTo(lines, false, 'warn').info('x')
    logTo(lines, false, 'none').error('x')
    expect(lines).toEqual([])
    logTo(lines, false, 'all').debug('x')
    expect(lines).toHaveLength(1)
  })

  it('has a level of its own for a module', () => {
    const lines: string[] = []
    const log = logTo(lines, false, 'warn', { l2: 'debug', heartbeats: 'none' })
    log.info('quiet')
    log.child({ announcer: 'l2' }).child({ link: 'eth0' }).debug('loud')
    log.child({ module: 'heartbeats' }).error('quiet')
    log.child({ module: 'folder' }).warn('loud')
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['loud', 'loud'])
  })

  it('shows no secret, at the top or inside a field', () => {
    const lines: string[] = []
    logTo(lines).info('peer', { password: 'hunter2', spec: { password: 'hunter2', peerASN: 7675 } })
    expect(lines[0]).not.toContain('hunter2')
    expect(lines[0]).toContain('7675')
  })
})
