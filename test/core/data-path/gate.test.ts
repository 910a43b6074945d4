/*
 * Step by step: test/golden/data-path holds one scenario a file. A line `>` says what happens at an instant, in
 * milliseconds: an address comes, goes, or an attempt on it ends; without one it is only time. The line below tells what is
 * tried now, how the gates stand, and when to look again. `UPDATE_GOLDEN=1` writes the latter anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { Agenda } from '#core/data-path/agenda.ts'
import { afterAttempt, isInDoubt, newGate, permits, type Gate } from '#core/data-path/gate.ts'
import type { Address } from '#core/model/address.ts'

const folder = join(import.meta.dirname, '../../golden/data-path')

class Scenario {
  private readonly gates = new Map<Address, Gate>()
  private readonly agenda = new Agenda()

  play(line: string): string {
    const [at = '', name = '', verb = '', ...cause] = line.slice(2).split(' ')
    const [now, address] = [Number(at), name as Address]
    if (verb === 'comes') {
      this.gates.set(address, newGate)
      this.agenda.add(address)
    }
    if (verb === 'goes') {
      this.gates.delete(address)
      this.agenda.remove(address)
    }
    const gate = this.gates.get(address)
    if (gate !== undefined && (verb === 'succeeds' || verb === 'fails')) {
      const after = afterAttempt(
        gate,
        verb === 'succeeds' ? { ok: true } : { ok: false, cause: cause.join(' ') },
      )
      this.gates.set(address, after)
      this.agenda.again(address, now, isInDoubt(after))
    }
    const { due, next } = this.agenda.take(now)
    const stands = [...this.gates].map(([one, state]) => `${one} ${textOf(state)}`)
    const told = [due.length === 0 ? [] : `try ${due.join(' ')}`, ...stands].flat()
    return [...told, next === undefined ? 'then never' : `look again at ${next}`].join('; ')
  }
}

function textOf(gate: Gate): string {
  const failures = gate.failures > 0 ? ` after ${gate.failures} (${gate.cause})` : ''
  const waits = gate.state === 'shut' && gate.successes > 0 ? `, ${gate.successes} in a row` : ''
  return `${gate.state}${failures}${waits}${permits(gate) ? '' : ', silent'}`
}

function played(text: string): string {
  const scenario = new Scenario()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('  '))
  const told = lines.flatMap((line) => (line.startsWith('> ') ? [line, `  ${scenario.play(line)}`] : [line]))
  return `${told.join('\n')}\n`
}

describe('a gate', () => {
  it.each(readdirSync(folder))('%s', (name) => {
    const file = join(folder, name)
    const text = readFileSync(file, 'utf8')
    const now = played(text)
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(file, now)
    else expect(now).toBe(text)
  })
})

describe('attempts', () => {
  it('stay below their bound and come to all in turn, whatever their number', () => {
    const agenda = new Agenda()
    const names = Array.from({ length: 1000 }, (_, index) => `10.0.${index >> 8}.${index & 255}` as Address)
    for (const name of names) agenda.again(name, -1000, false)
    const counts = new Map<Address, number>()
    let now = 0
    for (let total = 0; total < 3000;) {
      const { due, next = 0 } = agenda.take(now)
      for (const address of due) {
        counts.set(address, (counts.get(address) ?? 0) + 1)
        agenda.again(address, now, false)
      }
      total += due.length
      expect(total).toBeLessThan(51 + (now / 1000) * 200)
      now = Math.max(next, now)
    }
    expect(Math.min(...counts.values())).toBe(3)
    expect(now).toBeLessThan(15_000)
  })

  it('that are made again are made in batches, though each ends at an instant of its own', () => {
    for (const count of [150, 1000]) {
      const agenda = new Agenda()
      const ends: { readonly address: Address; readonly at: number }[] = []
      for (let i = 0; i < count; i++) agenda.again(`10.0.${i >> 8}.${i & 255}` as Address, i % 997, false)
      let [now, batches, total] = [2000, 0, 0]
      for (let next = now; now < 12_000; now = Math.max(now, Math.min(next, ends[0]?.at ?? next))) {
        while (ends[0] !== undefined && ends[0].at <= now) agenda.again(ends.shift()!.address, now, false)
        const { due, next: then = Infinity } = agenda.take(now)
        next = then
        if (due.length > 0) batches++
        total += due.length
        due.forEach((address, index) => ends.push({ address, at: now + 1 + (index % 7) }))
        ends.sort((a, b) => a.at - b.at)
      }
      expect(batches).toBeLessThanOrEqual(120)
      expect(total).toBeGreaterThan(Math.min(count, 200) * 9)
    }
  })

  it('for the first time are made under a wider bound, before all others', () => {
    const agenda = new Agenda()
    agenda.again('10.1.0.1' as Address, -1000, true)
    for (let i = 0; i < 2000; i++) agenda.add(`10.0.${i >> 8}.${i & 255}` as Address)
    let [now, total, batches] = [0, 0, 0]
    for (; total < 2001; batches++) {
      const { due, next = now } = agenda.take(now)
      if (batches === 0) expect(due[0]).toBe('10.0.0.0')
      total += due.length
      now = Math.max(now, next)
    }
    expect(now).toBeLessThanOrEqual(800)
    expect(batches).toBeLessThan(60)
  })

  it('on gates in doubt come before those that only confirm', () => {
    const agenda = new Agenda()
    for (let i = 0; i < 200; i++) agenda.again(`10.0.0.${i}` as Address, 0, false)
    agenda.again('10.1.0.1' as Address, 1000, true)
    expect(agenda.take(1200).due[0]).toBe('10.1.0.1')
  })
})
