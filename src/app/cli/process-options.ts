/* Flags that standalone and speaker have in common. */
import { resolve } from 'node:path'

import { InvalidArgumentError, Option, type Command } from 'commander'

import { messageOf } from '#core/errors.ts'
import type { PartitionPolicy } from '#core/membership/state.ts'
import {
  minimumBeatsToDeath,
  profiles,
  timingOf,
  type MembershipTiming,
  type Profile,
} from '#core/membership/timing.ts'
import type { Duration } from '#core/model/duration.ts'
import { parseGoDuration } from '#core/model/go-duration.ts'

import { builtInAnnouncers } from '../announcer-infos.ts'
import { readPluginConfigs } from '../load-plugins.ts'
import { nameFault } from '../manifests/metadata.ts'
import { ThirdPartyEntry, type PluginEntries } from '../plugin-entries.ts'
import { requireBackend, type DecisionOptions } from './decision-options.ts'
import { parsePort } from './listen-address.ts'
import { parseWhole } from './whole-number.ts'

export interface HeartbeatOptions {
  readonly heartbeatPort: number
  readonly heartbeatKeyFile?: string
  readonly heartbeatProfile: Profile
  readonly heartbeatInterval?: Duration
  readonly heartbeatTimeout?: Duration
  readonly partitionPolicy: PartitionPolicy
}

/** `keyDefault`: what is done without a key file. */
export function addHeartbeatOptions(command: Command, keyDefault: string): void {
  command
    .addOption(
      new Option('--heartbeat-port <port>', 'UDP port of the heartbeats between nodes')
        .argParser(parsePort)
        .default(7473),
    )
    .option('--heartbeat-key-file <file>', `key that signs heartbeats (${keyDefault})`)
    .addOption(
      new Option('--heartbeat-profile <profile>', 'how fast silence is noticed (docs/failover.md)')
        .choices(Object.keys(profiles))
        .default('default'),
    )
    .addOption(
      new Option(
        '--heartbeat-interval <duration>',
        'time between heartbeats, instead of the profile’s',
      ).argParser(parseDuration),
    )
    .addOption(
      new Option(
        '--heartbeat-timeout <duration>',
        'silence that is a suspicion, instead of the profile’s',
      ).argParser(parseDuration),
    )
    .addOption(
      new Option(
        '--partition-policy <policy>',
        'which part of a divided cluster answers: every, or the larger one',
      )
        .choices(['available', 'majority'])
        .default('available'),
    )
}

export function timingFrom(flags: HeartbeatOptions, command: Command): MembershipTiming {
  const profile = profiles[flags.heartbeatProfile]
  const { heartbeatInterval: every = profile.beatEvery, heartbeatTimeout: deadAfter = profile.deadAfter } =
    flags
  const least = minimumBeatsToDeath * every
  if (deadAfter < least)
    command.error(
      `error: --heartbeat-timeout: found ${deadAfter}ms, allowed: at least ${minimumBeatsToDeath} times --heartbeat-interval, ${least}ms`,
    )
  return timingOf(every, deadAfter)
}

export interface MoveOptions {
  readonly moveBudget: number
}

export function addMoveOptions(command: Command): void {
  command.addOption(
    new Option(
      '--move-budget <n>',
      'planned moves that this node begins in a minute: drains, rebalancing; a death waits for none',
    )
      .argParser(parseWhole({ least: 1 }))
      .default(300),
  )
}

export interface RenderOptions {
  readonly frrRenderOnly?: string
}

/** The frr plugin writes a file instead of talking to FRR. */
export function addRenderOnly(command: Command): Command {
  return command.addOption(
    new Option(
      '--frr-render-only <file>',
      'leave FRR alone: keep its whole configuration in this file, passwords included (as plugins.frr.renderOnly)',
    ).argParser((text) => resolve(text)),
  )
}

/** What `--config` names; what a plugin of a third party speaks is known when it has been loaded. */
export async function pluginEntries(
  { config, bgpBackend, frrRenderOnly: renderOnly }: EntryOptions,
  command: Command,
): Promise<PluginEntries> {
  const named = config === undefined ? {} : await entriesIn(config, command)
  const entries = renderOnly === undefined ? named : { ...named, frr: rendering(named['frr'], renderOnly) }
  if (!(entries[bgpBackend] instanceof ThirdPartyEntry))
    requireBackend(bgpBackend, builtInAnnouncers, command)
  return entries
}

interface EntryOptions extends Pick<DecisionOptions, 'bgpBackend'>, RenderOptions {
  readonly config?: string
}

/** What is no configuration stays as it is: it is refused where the plugin reads it. */
function rendering(entry: unknown = {}, renderOnly: string): unknown {
  return typeof entry === 'object' && entry !== null ? { ...entry, renderOnly } : entry
}

function entriesIn(file: string, command: Command): Promise<PluginEntries> {
  return readPluginConfigs(file).catch((cause: unknown) =>
    command.error(`error: --config: ${messageOf(cause)}`),
  )
}

export function parseNodeName(text: string): string {
  const fault = nameFault(text, 'subdomain')
  if (fault !== undefined) throw new InvalidArgumentError(`It is ${fault}.`)
  return text
}

/** Go's own limit: 64 bits of nanoseconds. Instants so far ahead can still be written as dates. */
const longestDuration = 2 ** 63 / 1e6

export function parseDuration(text: string): Duration {
  const duration = parseGoDuration(text)
  if (duration === undefined || duration < 1)
    throw new InvalidArgumentError('Allowed: a duration such as 50ms or 1s.')
  if (duration > longestDuration) throw new InvalidArgumentError('Allowed: at most 2562047h, 292 years.')
  return duration
}
