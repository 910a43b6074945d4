import { describe, expect, it } from 'vitest'

import { SpeakerStatus } from '#app/kubernetes/status-page/speaker-status.ts'
import type { Decided } from '#app/node/decided.ts'
import type { NodeView } from '#app/node/view/node-view.ts'
import { configOf, decide } from '#core/decide.ts'
import type { AnnouncerInfo, Facts } from '#core/model/facts.ts'

import { bgp, facts, l2, node, service, settings } from '../../../core/selection/fixtures.ts'
import { sampleView } from '../../node/view/sample-view.ts'

const everywhere: AnnouncerInfo = { ...bgp, name: 'everywhere', resources: [] }
const own = (apiVersion: string, kind: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'lan', namespace: settings.namespace },
  spec,
})
const config = [
  own('metallb.io/v1beta1', 'IPAddressPool', {
    addresses: ['192.0.2.0/28'],
    autoAssign: true,
    avoidBuggyIPs: false,
  }),
  own('metallb.io/v1beta1', 'L2Advertisement', {}),
] as unknown as Facts['config']

function decided(): Decided {
  const known = facts({ config, services: [service('web')], nodes: [node('node-a'), node('node-b')] })
  const { elections: owners, ...decisions } = decide(known)
  return {
    facts: known,
    parsed: configOf(known),
    decisions: { ...decisions, owners },
  }
}

function statusOf(outcome: Decided | undefined, announcers: readonly AnnouncerInfo[] = [l2, bgp]) {
  const asked: string[][] = []
  let view: NodeView | undefined
  if (outcome !== undefined) {
    const { assignments: services, owners } = outcome.decisions
    view = sampleView({ services, owners, pools: [] })
  }
  const status = new SpeakerStatus({
    publisher: { current: () => view, outcomeNow: () => outcome, onPublished: () => () => undefined },
    announced: {
      elsewhere: async (advertised) => {
        asked.push(advertised.map(({ name }) => name))
        return { announcements: [], incomplete: false }
      },
      onChange: () => () => undefined,
    },
    announcers,
  })
  return { status, asked }
}

describe('the status page of a speaker', () => {
  it('has nothing to show before the first decision', async () => {
    const { status } = statusOf(undefined)
    expect(status.own()).toBeUndefined()
    expect(await status.views()).toEqual([])
    expect(status.explain('default/web')).toBeUndefined()
  })

  it('counts the use of pools from the addresses in the statuses, and keeps the view while it is the same', async () => {
    const { status } = statusOf(decided())
    expect(status.own()?.pools).toEqual([
      {
        pool: 'lan',
        ipv4: { used: 1, total: '16' },
        ipv6: { used: 0, total: '0' },
      },
    ])
    expect(await status.views()).toBe(await status.views())
  })

  it('explains a Service with all nodes', () => {
    const explanation = statusOf(decided()).status.explain('default/web')
    expect(explanation?.planned?.addresses).toHaveLength(1)
    expect(explanation?.announcers[0]?.nodes.map((one) => one.node).sort()).toEqual(['node-a', 'node-b'])
  })

  it('asks what the others announce, naming announcers whose work on other nodes nobody here decides', async () => {
    const { status, asked } = statusOf(decided(), [l2, everywhere])
    await status.elsewhere()
    expect(asked).toEqual([[]])
    const outcome = decided()
    const [advertisement] = outcome.parsed.config.advertisements
    const advertisements = [{ ...advertisement!, announcer: 'everywhere' }]
    const parsed = {
      ...outcome.parsed,
      config: { ...outcome.parsed.config, advertisements },
    }
    const other = statusOf({ ...outcome, parsed }, [l2, everywhere])
    await other.status.elsewhere()
    expect(other.asked).toEqual([['everywhere']])
  })
})
