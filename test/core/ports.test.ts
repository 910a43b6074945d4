import { expect, it } from 'vitest'

import { fakeLogger, type LogLine } from '#core/fakes/fake-host.ts'
import { sayFrom } from '#core/ports.ts'

it('says a line of a table at its level, with the fields of the moment', () => {
  const lines: LogLine[] = []
  const say = sayFrom({
    up: { level: 'info', message: 'session up' },
    lost: { level: 'warn', message: 'session lost' },
  })
  say(fakeLogger(lines), 'lost', { peer: 'tor-1' })
  expect(lines).toEqual([{ level: 'warn', message: 'session lost', fields: { peer: 'tor-1' } }])
})
