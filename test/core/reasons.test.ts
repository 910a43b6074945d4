import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { reasons } from '#core/reasons.ts'
import { allocationReasons } from '#core/reasons/allocation.ts'
import { announcementReasons } from '#core/reasons/announcement.ts'
import { operationReasons } from '#core/reasons/operation.ts'
import { readingReasons } from '#core/reasons/reading.ts'
import type { Reason } from '#core/reasons/reason.ts'
import { validationReasons } from '#core/reasons/validation.ts'

const groups: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  'Addresses: why a Service has them, or none': allocationReasons,
  'Announcements: who announces an address, and why others do not': announcementReasons,
  'Faults of manifests': validationReasons,
  'Faults of files': readingReasons,
  'What a running Herald finds out about itself': operationReasons,
}

const page = fileURLToPath(new URL('../../docs/reasons.md', import.meta.url))

function rendered(): string {
  const sections = Object.entries(groups).map(([title, group]) => {
    const rows = Object.entries(group).map(
      ([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`,
    )
    return [
      `## ${title}`,
      '',
      '| reason | what is the case | what to do |',
      '| --- | --- | --- |',
      ...rows,
    ].join('\n')
  })
  return (
    [
      '<!-- Generated from src/core/reasons by test/core/reasons.test.ts; UPDATE_GOLDEN=1 rewrites it. -->',
      '# Reasons',
      [
        'Every assignment, refusal, silence and problem carries one of these codes: in `herald plan` and `herald explain`,',
        'in events and conditions, and on the status page. The message beside it names the objects involved.',
      ].join('\n'),
      ...sections,
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  )
}

describe('the reasons', () => {
  it('have one meaning each: no code belongs to two groups', () => {
    const codes = Object.values(groups).flatMap((group) => Object.keys(group))
    expect(codes.toSorted()).toEqual([...new Set(codes)].toSorted())
    expect(new Set(codes)).toEqual(new Set(Object.keys(reasons)))
  })

  it.each(Object.entries<Reason>(reasons))(
    '%s: meaning and remedy are sentences',
    (code, { meaning, remedy }) => {
      expect(code).toMatch(/^[A-Z][A-Za-z0-9]+$/)
      for (const sentence of [meaning, remedy]) expect(sentence).toMatch(/^[A-Z].*\.$/)
    },
  )

  it('are explained in docs/reasons.md, which is up to date', () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, rendered())
    expect(readFileSync(page, 'utf8')).toBe(rendered())
  })
})
