/* Every metric of the plugin. */
import type { Address } from '#core/model/address.ts'
import type { MetricScope, MetricSpec } from '#core/ports.ts'
import type { AddressCounts, EngineEvent } from './protocol.ts'

const byAddress: Readonly<Record<keyof AddressCounts, MetricSpec>> = {
  received: {
    name: 'metallb_layer2_requests_received',
    help: 'ARP and NDP requests for an address of ours.',
    labels: ['ip'],
  },
  sent: {
    name: 'metallb_layer2_responses_sent',
    help: 'Answers to ARP and NDP requests.',
    labels: ['ip'],
  },
  gratuitous: {
    name: 'metallb_layer2_gratuitous_sent',
    help: 'Unasked ARP and NDP messages.',
    labels: ['ip'],
  },
  fenced: {
    name: 'herald_l2_fenced_requests_total',
    help: 'Requests left unanswered because the fence is closed.',
    labels: ['ip'],
  },
  conflicts: {
    name: 'herald_l2_conflicts_total',
    help: 'Times a stranger claimed an address of ours.',
    labels: ['ip'],
  },
}

const sendErrors: MetricSpec = {
  name: 'herald_l2_send_errors_total',
  help: 'Frames the kernel refused to send.',
  labels: ['interface'],
}

export const metricSpecs: readonly MetricSpec[] = [...Object.values(byAddress), sendErrors]

export interface L2Metrics {
  add(tally: Extract<EngineEvent, { kind: 'tally' }>): void
  /** The address is gone: so are its series. */
  forget(address: Address): void
}

export function registerMetrics(scope: MetricScope): L2Metrics {
  const names = Object.keys(byAddress) as (keyof AddressCounts)[]
  const counters = names.map((name) => ({ name, counter: scope.counter(byAddress[name]) }))
  const errors = scope.counter(sendErrors)
  return {
    add(tally) {
      for (const [ip, counts] of tally.addresses) {
        const labels = { ip }
        // Zeros as well: only a series that was there before shows its first event as an increase.
        for (const { name, counter } of counters) counter.add(labels, counts[name])
      }
      for (const [name, count] of tally.sendErrors) errors.add({ interface: name }, count)
    },
    forget(ip) {
      for (const { counter } of counters) counter.remove({ ip })
    },
  }
}
