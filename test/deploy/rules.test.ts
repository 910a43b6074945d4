import { Readable } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { validate } from '#app/cli/validate.ts'

import { rows } from './rules.ts'

/** The faults that `herald validate` finds, one a line. */
async function faultsOf(object: object): Promise<string> {
  let out = ''
  const terminal = {
    stdin: Readable.from([JSON.stringify(object)]),
    isTTY: false,
    out: (text: string) => void (out += text),
    err: () => {},
  }
  const options = {
    filename: ['-'],
    output: 'text',
    namespace: 'metallb-system',
    // The backend that refuses nothing of MetalLB's: what a backend cannot do is not a fault of the object.
    bgpBackend: 'frr',
    l2Candidates: 'herald',
    election: 'hash',
    ignoreExcludeLb: false,
  } as const
  const status = await validate(options, terminal)
  expect(status).toBe(out === '' ? 0 : 1)
  return out
}

describe('herald validate, row by row of what one object may say', () => {
  it.each(rows.map((row) => ({ ...row, name: `${row.apiVersion} ${row.kind}: ${row.what}` })))(
    '$name: $verdict',
    async ({ apiVersion, kind, spec, verdict }) => {
      const metadata = { name: 'row', namespace: 'metallb-system' }
      const faults = await faultsOf({ apiVersion, kind, metadata, spec })
      if (verdict === 'taken' || verdict === 'server') expect(faults).toBe('')
      else expect(faults).toContain(`${kind} metallb-system/row`)
    },
  )
})
