import { describe, expect, it } from 'vitest'

import { fenceOver } from '#core/announcer.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { GrantBook } from '#core/runtime/fence.ts'

const address = (text: string): Address => parseAddress(text) ?? expect.fail(text)
const a = address('192.0.2.1')
const b = address('192.0.2.2')

describe('GrantBook', () => {
  it('permits an address from the moment it is granted until it is revoked', () => {
    const book = new GrantBook({ node: 'n1' })
    const grant = book.grant(a)
    if (!grant) return expect.fail('no grant')
    expect(book.fence.permits(grant)).toBe(true)
    book.revoke(a)
    expect(book.fence.permits(grant)).toBe(false)
  })

  it('gives the same grant for as long as the address is held', () => {
    const book = new GrantBook({ node: 'n1' })
    expect(book.grant(a)).toBe(book.grant(a))
  })

  it('never lets an old grant come to life when its slot is used again', () => {
    const book = new GrantBook({ node: 'n1', slots: 1 })
    const old = book.grant(a)
    book.revoke(a)
    const fresh = book.grant(b)
    if (!old || !fresh) return expect.fail('no grant')
    expect(fresh.slot).toBe(old.slot)
    expect(book.fence.permits(fresh)).toBe(true)
    expect(book.fence.permits(old)).toBe(false)
  })

  it('answers with nothing when every slot is taken', () => {
    const book = new GrantBook({ node: 'n1', slots: 1 })
    book.grant(a)
    expect(book.grant(b)).toBeUndefined()
  })

  it('closes every slot while suspended and opens the same grants afterwards', () => {
    const book = new GrantBook({ node: 'n1' })
    const before = book.grant(a)
    book.suspend()
    const during = book.grant(b)
    if (!before || !during) return expect.fail('no grant')
    expect([before, during].map((grant) => book.fence.permits(grant))).toEqual([false, false])
    book.resume()
    expect([before, during].map((grant) => book.fence.permits(grant))).toEqual([true, true])
  })

  it('keeps only the retained addresses', () => {
    const book = new GrantBook({ node: 'n1' })
    const [kept, dropped] = [book.grant(a), book.grant(b)]
    book.retain(new Set([a]))
    if (!kept || !dropped) return expect.fail('no grant')
    expect([kept, dropped].map((grant) => book.fence.permits(grant))).toEqual([true, false])
  })

  it('counts on from the counter of an earlier life', () => {
    expect(new GrantBook({ node: 'n1', counter: 41 }).grant(a)?.epoch).toEqual({ counter: 42, node: 'n1' })
  })

  it('is read through its memory alone, as another thread would', () => {
    const book = new GrantBook({ node: 'n1' })
    const grant = book.grant(a)
    if (!grant) return expect.fail('no grant')
    const elsewhere = fenceOver(book.fence.memory)
    expect(elsewhere.permits(grant)).toBe(true)
    book.revoke(a)
    expect(elsewhere.permits(grant)).toBe(false)
  })
})
