import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'

import { catalogue, metric } from '#metrics/catalogue.ts'
import { scopeOver } from '#metrics/scope.ts'

const announced = { service: 'default/web', protocol: 'layer2', node: 'node-a', ip: '192.0.2.1' }

describe('scope', () => {
  it('shows what was set, and nothing of what was removed', async () => {
    const registry = new Registry()
    const gauge = scopeOver(registry).gauge(metric('metallb_speaker_announced'))
    gauge.set(announced, 1)
    expect(await registry.metrics()).toContain(
      'metallb_speaker_announced{service="default/web",protocol="layer2",node="node-a",ip="192.0.2.1"} 1',
    )
    gauge.remove(announced)
    expect(await registry.metrics()).not.toContain('default/web')
  })

  it('replaces the series of a gauge as a whole', async () => {
    const registry = new Registry()
    const gauge = scopeOver(registry).gauge(metric('metallb_speaker_announced'))
    gauge.set(announced, 1)
    gauge.replace([[{ ...announced, ip: '192.0.2.2' }, 2]])
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('metallb_speaker'))
    expect(lines).toEqual([
      'metallb_speaker_announced{service="default/web",protocol="layer2",node="node-a",ip="192.0.2.2"} 2',
    ])
  })

  it('shows 0 for a metric without labels from the beginning, and refuses labels that it does not have', async () => {
    const registry = new Registry()
    const scope = scopeOver(registry)
    const gauge = scope.gauge(metric('herald_problems'))
    expect(await registry.metrics()).toContain('herald_problems 0')
    expect(() => gauge.set({ node: 'a' }, 1)).toThrow('metric herald_problems: found label node')
  })

  it('gives one instrument for one specification, however often it is registered', async () => {
    const registry = new Registry()
    const scope = scopeOver(registry)
    const spec = metric('metallb_bgp_updates_total')
    scope.counter(spec).add({ peer: '192.0.2.9:179' })
    scope.counter({ ...spec }).add({ peer: '192.0.2.9:179' }, 2)
    expect(await registry.metrics()).toContain('metallb_bgp_updates_total{peer="192.0.2.9:179"} 3')
  })

  it.each([-1, Number.POSITIVE_INFINITY, Number.NaN])('refuses a counter that would grow by %s', (by) => {
    const counter = scopeOver(new Registry()).counter(metric('metallb_bgp_updates_total'))
    expect(() => counter.add({ peer: 'a' }, by)).toThrow(`found ${by}, allowed: a finite number of 0 or more`)
  })

  it('refuses a label in which series would get mixed up', () => {
    const gauge = scopeOver(new Registry()).gauge(metric('metallb_speaker_announced'))
    expect(() => gauge.set({ ...announced, node: 'a\u0000b' }, 1)).toThrow(
      'a control character in label node',
    )
  })

  it('puts observations into the buckets of the catalogue', async () => {
    const registry = new Registry()
    scopeOver(registry).histogram(metric('herald_decide_seconds')).observe({}, 0.02)
    const text = await registry.metrics()
    expect(text).toContain('herald_decide_seconds_bucket{le="0.01"} 0')
    expect(text).toContain('herald_decide_seconds_bucket{le="0.025"} 1')
  })

  it('refuses a metric that the catalogue does not have', () => {
    const scope = scopeOver(new Registry())
    expect(() => scope.gauge({ name: 'metallb_new', help: 'x', labels: [] })).toThrow(
      'metric metallb_new: not in src/metrics/catalogue.ts, and does not begin with herald_plugin_',
    )
  })

  it('refuses another type or other labels than the catalogue has', () => {
    const scope = scopeOver(new Registry())
    expect(() => scope.counter(metric('metallb_bgp_session_up'))).toThrow(
      'metric metallb_bgp_session_up: registered as counter{peer}, listed as gauge{peer}',
    )
    expect(() => scope.gauge({ ...metric('metallb_bgp_session_up'), labels: ['port', 'peer'] })).toThrow(
      'metric metallb_bgp_session_up: registered as gauge{peer,port}, listed as gauge{peer}',
    )
  })

  it('lets one of two have a label that the catalogue leaves open', async () => {
    const registry = new Registry()
    const scope = scopeOver(registry)
    const spec = metric('metallb_bgp_session_up')
    scope.gauge(spec).set({ peer: '192.0.2.9:179' }, 1)
    scope.gauge({ ...spec, labels: ['peer', 'vrf'] }).set({ peer: '192.0.2.8:179', vrf: 'red' }, 1)
    const text = await registry.metrics()
    expect(text).toContain('metallb_bgp_session_up{peer="192.0.2.9:179"} 1')
    expect(text).toContain('metallb_bgp_session_up{peer="192.0.2.8:179",vrf="red"} 1')
  })

  it('lets third-party plugins have their own under their prefix', async () => {
    const registry = new Registry()
    scopeOver(registry).counter({ name: 'herald_plugin_evpn_routes_total', help: 'x', labels: [] }).add({}, 7)
    expect(await registry.metrics()).toContain('herald_plugin_evpn_routes_total 7')
  })
})

describe('catalogue', () => {
  it('explains every metric in one sentence', () => {
    for (const { name, help } of catalogue.values()) expect(help, name).toMatch(/^[A-Z0-9][^.]*\.$/)
  })
})
