import type { Settings } from '#core/model/facts.ts'

export const namespace = 'metallb-system'

/** What a controller is started with, as far as a test does not say otherwise. */
export const settings: Settings = {
  namespace,
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
  announcers: [],
}
