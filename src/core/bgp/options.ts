/* The options of an offer, in the vocabulary all BGP backends share. */
import type { Json, JsonSchema } from '../model/json.ts'
import { noCommunities, parseCommunities, type Communities } from './community.ts'
import { advertisementOwnFields } from './own-fields.ts'

export const bgpOptionsSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    aggregationLength: {
      type: 'integer',
      minimum: 1,
      maximum: 32,
      default: 32,
      description: 'Length of the IPv4 prefix announced for an address.',
    },
    aggregationLengthV6: {
      type: 'integer',
      minimum: 1,
      maximum: 128,
      default: 128,
      description: 'Length of the IPv6 prefix announced for an address.',
    },
    localPref: {
      type: 'integer',
      minimum: 0,
      maximum: 4294967295,
      description: 'LOCAL_PREF towards iBGP peers; 0 or absent = 100.',
    },
    communities: {
      type: 'array',
      items: { type: 'string', pattern: '^(\\d+:\\d+|large:\\d+:\\d+:\\d+)$' },
      description: 'Communities as literals: A:B or large:A:B:C.',
    },
  },
}

/** With what only some backends can do. */
export const fullBgpOptionsSchema: JsonSchema = {
  ...bgpOptionsSchema,
  properties: {
    ...bgpOptionsSchema.properties,
    ...Object.fromEntries(advertisementOwnFields.map(({ field, schema }) => [field, schema])),
  },
}

export interface BgpOptions {
  readonly aggregationLength: number
  readonly aggregationLengthV6: number
  /** Absent = no opinion. */
  readonly localPref?: number
  readonly communities: Communities
  readonly med?: number
  readonly asPathPrepend?: number
  /** Tell how many endpoints stand behind this node. */
  readonly linkBandwidth: boolean
}

/** Options that the schema has accepted. A `localPref` of 0 means the same as none. */
export function readBgpOptions(options: Readonly<Record<string, Json>>): BgpOptions {
  const { aggregationLength, aggregationLengthV6, localPref, communities, med, asPathPrepend } = options
  return {
    aggregationLength: typeof aggregationLength === 'number' ? aggregationLength : 32,
    aggregationLengthV6: typeof aggregationLengthV6 === 'number' ? aggregationLengthV6 : 128,
    ...(typeof localPref === 'number' && localPref > 0 ? { localPref } : {}),
    communities: Array.isArray(communities) ? parseCommunities(communities.map(String)) : noCommunities,
    ...(typeof med === 'number' ? { med } : {}),
    ...(typeof asPathPrepend === 'number' ? { asPathPrepend } : {}),
    linkBandwidth: options.linkBandwidth === true,
  }
}
