/* The machine step by step: test/golden/membership holds one scenario a file, and steps.ts says how to read them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { expectGolden, goldenRoot } from '../../golden-file.ts'
import { replayed } from './steps.ts'

const folder = 'membership'
const scenarios = readdirSync(join(goldenRoot, folder)).sort()

describe('the membership machine', () => {
  it.each(scenarios)('goes step by step as recorded: %s', (name) => {
    const path = join(folder, name)
    expectGolden(path, replayed(readFileSync(join(goldenRoot, path), 'utf8')))
  })

  it('is recorded in files named by what happens in them', () => {
    expect(scenarios.length).toBeGreaterThan(20)
    for (const name of scenarios) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+){3,}\.steps$/u)
  })
})
