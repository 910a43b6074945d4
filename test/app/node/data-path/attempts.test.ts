import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { tryThroughProxy, type Goal } from '#app/node/data-path/io/attempts.ts'
import type { Attempt } from '#core/data-path/gate.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'

let server: Server
let goal: Goal

beforeEach(async () => {
  server = createServer((socket) => void socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  goal = { address: '127.0.0.1' as Address, port: (server.address() as AddressInfo).port }
})

afterEach(() => void server.close())

const nothing = { has: () => false, close: () => {} }

function start(
  timeout: number,
  leaks = nothing,
): { readonly attempts: Attempt[]; readonly end: Promise<void> } {
  const attempts: Attempt[] = []
  const tryAll = tryThroughProxy(milliseconds(timeout), () => leaks)
  return { attempts, end: tryAll([goal], (_, attempt) => void attempts.push(attempt)) }
}

describe('an attempt', () => {
  it('succeeds with a connection, and fails with the cause where nobody listens', async () => {
    const good = start(5000)
    await good.end
    expect(good.attempts).toEqual([{ ok: true }])
    server.close()
    const bad = start(5000)
    await bad.end
    expect(bad.attempts).toEqual([{ ok: false, cause: 'ECONNREFUSED' }])
  })

  it('fails with a connection that left the node', async () => {
    const { attempts, end } = start(5000, { ...nothing, has: () => true })
    await end
    expect(attempts).toMatchObject([{ ok: false, cause: 'no proxy took the connection, it left the node' }])
  })

  it('does not fail because this thread was busy when the answer came', async () => {
    const { attempts, end } = start(20)
    const until = performance.now() + 60
    while (performance.now() < until);
    await end
    expect(attempts).toEqual([{ ok: true }])
  })

  it('fails where what leaves the node cannot be seen', async () => {
    const attempts: Attempt[] = []
    const tryAll = tryThroughProxy(milliseconds(5000), () => {
      throw new Error('EPERM')
    })
    await tryAll([goal], (_, attempt) => void attempts.push(attempt))
    expect(attempts).toEqual([{ ok: false, cause: 'this process cannot see what leaves the node: EPERM' }])
  })
})
