import { describe, expect, it } from 'vitest'

import type { RawObject } from '#app/kubernetes/api/client.ts'
import { resources, type Resource } from '#app/kubernetes/api/resources.ts'
import { MetricsReviewer } from '#app/metrics-access.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeLogger, type LogLine } from '#core/fakes/fake-host.ts'
import { seconds } from '#core/model/duration.ts'

/** An API server with one token and one right. */
function reviewer() {
  const clock = new FakeClock()
  const lines: LogLine[] = []
  const world = { away: false, allowed: true, asked: [] as string[] }
  const client = {
    async create(resource: Resource, { spec }: RawObject): Promise<RawObject> {
      if (world.away) throw new Error('connection refused')
      world.asked.push(resource.plural)
      const authenticated = (spec as { token?: string }).token === 'good'
      const user = { username: 'prometheus', groups: ['scrapers'] }
      const status =
        resource === resources.tokenReviews
          ? { authenticated, ...(authenticated && { user }) }
          : { allowed: world.allowed }
      return { metadata: { name: '' }, status }
    },
  }
  const guard = new MetricsReviewer({ client, clock, log: fakeLogger(lines) })
  const admit = (authorization?: string) =>
    guard.admit({ path: '/metrics', ...(authorization !== undefined && { authorization }) })
  return { clock, world, lines, admit }
}

describe('who may read the metrics', () => {
  it.each([undefined, 'Basic Z29vZA==', 'Bearer'])('has to bring a token: %s', async (authorization) => {
    const { admit, world } = reviewer()
    expect(await admit(authorization)).toMatchObject({ allowed: false, status: 401 })
    expect(world.asked).toEqual([])
  })

  it('is whoever the API server knows and lets get the path', async () => {
    const { admit } = reviewer()
    expect(await admit('Bearer good')).toEqual({ allowed: true })
    expect(await admit('Bearer bad')).toEqual({
      allowed: false,
      status: 401,
      reason: 'the token is not valid',
    })
  })

  it('is told what is missing', async () => {
    const { admit, world } = reviewer()
    world.allowed = false
    const reason = 'prometheus may not get /metrics'
    expect(await admit('Bearer good')).toEqual({ allowed: false, status: 403, reason })
  })

  it('is asked for once in ten seconds, however many scrape', async () => {
    const { admit, world, clock } = reviewer()
    await Promise.all([admit('Bearer good'), admit('Bearer good')])
    expect(world.asked).toEqual(['tokenreviews', 'subjectaccessreviews'])
    world.allowed = false
    await clock.advance(seconds(11))
    expect(await admit('Bearer good')).toMatchObject({ status: 403 })
  })

  it('is nobody while the API server is away, and that is forgotten at once; no log has the token', async () => {
    const { admit, world, lines } = reviewer()
    world.away = true
    expect(await admit('Bearer good')).toMatchObject({ allowed: false, status: 503 })
    world.away = false
    expect(await admit('Bearer good')).toEqual({ allowed: true })
    expect(JSON.stringify(lines)).toContain('connection refused')
    expect(JSON.stringify(lines)).not.toContain('good')
  })
})
