import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  describeNotification,
  hardReset,
  notification,
  shutdownNotification,
  shutdownText,
} from '#plugins/native-bgp/wire/notification.ts'

describe('a NOTIFICATION', () => {
  it.each([
    [notification(2, 2), 'OPEN Message Error/Bad Peer AS (2/2)'],
    [notification(4), 'Hold Timer Expired (4/0)'],
    [notification(6, 7), 'Cease/Connection Collision Resolution (6/7)'],
    [notification(5, 3), 'Finite State Machine Error/Receive Unexpected Message in Established State (5/3)'],
    [notification(77, 5), 'Unknown Error (77/5)'],
    [notification(6, 200), 'Cease (6/200)'],
  ])('reads as %s', (value, text) => {
    expect(describeNotification(value)).toBe(text)
  })

  it('carries the words of a shutdown (RFC 9003)', () => {
    const value = shutdownNotification(2, 'Wartung bis 4 Uhr ☕')
    expect(shutdownText(value)).toBe('Wartung bis 4 Uhr ☕')
    expect(describeNotification(value)).toBe('Cease/Administrative Shutdown (6/2): "Wartung bis 4 Uhr ☕"')
  })

  it('cuts words of more than 255 octets, between characters', () => {
    expect(shutdownNotification(2, 'x'.repeat(300)).data).toHaveLength(256)
    expect(shutdownText(shutdownNotification(2, '☕'.repeat(100)))).toBe('☕'.repeat(85))
    expect(shutdownText(shutdownNotification(2, `x${'☕'.repeat(100)}`))).toBe(`x${'☕'.repeat(84)}`)
  })

  it('says inside a Hard Reset what it is about (RFC 8538)', () => {
    const value = hardReset(shutdownNotification(2, 'bye'))
    expect(describeNotification(value)).toBe(
      'Cease/Hard Reset (6/9): Cease/Administrative Shutdown (6/2): "bye"',
    )
    expect(describeNotification(notification(6, 9))).toBe('Cease/Hard Reset (6/9)')
    expect(describeNotification(hardReset(value))).toBe('Cease/Hard Reset (6/9)')
  })

  it('prints nothing that could disturb a terminal, whatever a peer sends', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 255 }), { maxLength: 80 }), fc.nat({ max: 9 }), (data, subcode) => {
        expect(describeNotification(notification(6, subcode, data))).not.toMatch(/\p{Cc}|\p{Cf}/u)
      }),
    )
  })
})
