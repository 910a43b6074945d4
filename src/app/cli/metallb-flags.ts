/* The flags and variables of MetalLB's controller and speaker: manifests that have them start Herald as they are. */
import { readFileSync } from 'node:fs'

import { Option, type Command } from 'commander'

import type { DecisionOptions } from './decision-options.ts'

/** With nothing for them to set. Those with a value take one. */
const without = {
  speaker: {
    values: [
      '--host',
      '--ml-bindaddr',
      '--ml-labels',
      '--bgp-debounce-timeout',
      '--pprof-bind-address',
      '--frrk8s-namespace',
    ],
    switches: ['--ml-wan-config', '--frrk8s-secret-passthrough'],
  },
  controller: {
    values: ['--deployment', '--pprof-bind-address', '--cert-dir'],
    switches: ['--disable-cert-rotation', '--webhook-http2'],
  },
} as const

export type Component = keyof typeof without

export function addFlagsWithoutEffect(command: Command, component: Component): void {
  const { values, switches } = without[component]
  for (const flag of values) command.addOption(new Option(`${flag} <value>`).hideHelp())
  for (const flag of switches) command.addOption(new Option(flag).hideHelp())
}

/** Of those, what the command line has. */
export function flagsWithoutEffect(command: Command, component: Component): string[] {
  const { values, switches } = without[component]
  const quiet = new Set<string>([...values, ...switches])
  return command.options
    .filter(({ long }) => long !== null && long !== undefined && quiet.has(long))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ long }) => String(long))
}

/** As Go's flags have it: `--ignore-exclude-lb=true`, and `=false` for what is so anyway. */
export function acceptBooleans(command: Command): void {
  const parse = command.parseOptions.bind(command)
  const isSwitch = (flag: string): boolean =>
    command.options.some((one) => one.long === flag && one.isBoolean())
  command.parseOptions = (argv) =>
    parse(
      argv.flatMap((arg) => {
        const [, flag = '', value] = /^(--[a-z0-9-]+)=(true|false)$/.exec(arg) ?? []
        if (!isSwitch(flag)) return [arg]
        return value === 'true' ? [flag] : []
      }),
    )
}

/** What the flags leave open, as MetalLB finds it: by the environment, and the namespace by the Pod's account as well. */
export function withEnvironment<Flags extends Pick<DecisionOptions, 'namespace' | 'bgpBackend'>>(
  flags: Flags,
  command: Command,
): Flags {
  const open = (name: string): boolean => command.getOptionValueSource(name) === 'default'
  const { METALLB_NAMESPACE: named = '', METALLB_BGP_TYPE: type = '' } = process.env
  const namespace = open('namespace') ? named || (ownNamespace() ?? flags.namespace) : flags.namespace
  const backend = type === 'native' ? 'native-bgp' : type
  const bgpBackend = (open('bgpBackend') && backend) || flags.bgpBackend
  return { ...flags, namespace, bgpBackend }
}

function ownNamespace(): string | undefined {
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim()
  } catch {
    return undefined
  }
}
