import { afterEach, beforeEach, expect, test } from 'vitest'

import { ApiClient } from '#app/kubernetes/api/client.ts'
import { HttpTransport, type Transport } from '#app/kubernetes/api/transport.ts'
import { LeaderElection } from '#app/kubernetes/leader/leader-election.ts'
import { leaderFor } from '#app/kubernetes/leader/lease.ts'
import { systemClock } from '#app/system.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeRandom } from '#core/fakes/fake-random.ts'
import { milliseconds } from '#core/model/duration.ts'

import { eventually } from '../../eventually.ts'
import { FakeApiServer } from '../fake-api-server.ts'
import { silentLog as log } from '../silent-log.ts'

const namespace = 'metallb-system'

let server: FakeApiServer
let clock: FakeClock
let election: LeaderElection
let told: boolean[]
/** Holds what is sent back. */
let gate: Promise<void>

beforeEach(async () => {
  server = new FakeApiServer()
  await server.listen()
  clock = new FakeClock()
  gate = Promise.resolve()
  told = []
  const http = new HttpTransport(server.source())
  const transport: Transport = {
    send: (request) => gate.then(() => http.send(request)),
    stream: (request, lines) => http.stream(request, lines),
    close: () => http.close(),
  }
  // No tick falls on the moment at which the leadership ends.
  const random = fakeRandom(0.3)
  // The client's own clock runs, the election's stands still.
  const client = new ApiClient({ transport, clock: systemClock, random })
  election = new LeaderElection({ client, namespace, name: 'lease', identity: 'one', clock, random, log })
  election.onChange(() => told.push(election.leads()))
  election.start()
  await eventually(() => expect(election.leads()).toBe(true))
})

afterEach(async () => {
  await election.stop()
  await server.close()
})

test('a lapse that no tick has seen is told before it is over', async () => {
  let open = (): void => {}
  gate = new Promise((resolve) => (open = resolve))
  await clock.advance(milliseconds(leaderFor - 10))
  while (election.leads()) await clock.advance(milliseconds(1))
  expect(told).toEqual([true])
  open()
  await eventually(() => expect(election.leads()).toBe(true))
  expect(told).toEqual([true, false, true])
})

test('who cannot renew leads no more, and says so', async () => {
  server.fail(({ method }) => method === 'PUT', 500, { times: 1000 })
  for (let span = 0; span < leaderFor + 500; span += 50) await clock.advance(milliseconds(50))
  expect(election.leads()).toBe(false)
  expect(told).toEqual([true, false])
})
