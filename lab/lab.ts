/* Brings a topology up and takes it down again. */
import {
  fabricLines,
  fabricSysctlScript,
  cableLines,
  netnsLines,
  nodeLines,
  nodeSysctlScript,
  sysctlScript,
} from './batch.ts'
import { ipBatch, run } from './command.ts'
import { renderDivision } from './loss.ts'
import { netnsName, newLabId } from './names.ts'
import { LabNode, type Link } from './node.ts'
import { claimLab, removeLab, sweepStaleLabs } from './ownership.ts'
import { labDirectory } from './removal.ts'
import { describeMissing, labRequirements } from './requirements.ts'
import { FABRIC, type LabSpec, validateSpec } from './spec.ts'
import { until } from './until.ts'

/** A running topology. `await lab.dispose()` (or `await using`) leaves nothing of it. */
export class Lab implements AsyncDisposable {
  /** `hl-` and six characters; the prefix of every namespace it made. */
  readonly id: string
  /** A directory of its own, removed with it. */
  readonly directory: string
  readonly spec: LabSpec
  readonly #nodes: ReadonlyMap<string, LabNode>

  /** Use `createLab`. */
  constructor(id: string, spec: LabSpec) {
    this.id = id
    this.spec = spec
    this.directory = labDirectory(id)
    this.#nodes = new Map(
      Object.entries(spec.nodes).map(([name, node], index) => [
        name,
        new LabNode({
          name,
          index,
          spec: node,
          netns: netnsName(id, name),
          fabric: netnsName(id, FABRIC),
          directory: this.directory,
        }),
      ]),
    )
  }

  get nodes(): readonly LabNode[] {
    return [...this.#nodes.values()]
  }

  node(name: string): LabNode {
    const node = this.#nodes.get(name)
    if (node === undefined)
      throw new Error(`lab ${this.id}: no node "${name}"; it has ${[...this.#nodes.keys()].join(', ')}`)
    return node
  }

  /**
   * Divides a segment: nodes of one part do not hear those of another, and see nothing of it. Nodes in no part hear
   * everybody. A single part, or none, unites it again. `name`: the interface, the same on every node.
   */
  async divide(parts: readonly (readonly string[])[], name = 'eth0'): Promise<void> {
    const ports = this.nodes
      .filter((node) => node.interfaces.some((face) => face.name === name))
      .map((node) => {
        const own = parts.find((part) => part.includes(node.name))
        const others = own === undefined ? [] : parts.filter((part) => part !== own).flat()
        return { port: node.port(name), deafTo: others.map((other) => this.node(other).mac(name)) }
      })
    await run(['ip', 'netns', 'exec', netnsName(this.id, FABRIC), 'nft', '-f', '-'], {
      stdin: renderDivision(ports),
    })
  }

  /** Kills every process in its namespaces and removes namespaces and files. Safe to repeat. */
  async dispose(): Promise<void> {
    removeLab(this.id)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}

/**
 * Makes the topology: every namespace, cable, address and route is there when the promise settles. Labs of dead owners
 * are swept first. A topology that cannot be made leaves nothing behind.
 */
export async function createLab(spec: LabSpec): Promise<Lab> {
  const problems = validateSpec(spec)
  if (problems.length > 0) throw new Error(`lab: the topology has faults:\n  ${problems.join('\n  ')}`)
  const id = newLabId()
  try {
    sweepStaleLabs()
    claimLab(id)
    await build(id, spec)
    return new Lab(id, spec)
  } catch (error) {
    removeLab(id)
    const requirements = await labRequirements()
    throw requirements.ok ? error : new Error(`lab: ${describeMissing(requirements)}`, { cause: error })
  }
}

async function build(id: string, spec: LabSpec): Promise<void> {
  const nodes = Object.entries(spec.nodes)
  await ipBatch(netnsLines(id, spec))
  await Promise.all([
    shell(netnsName(id, FABRIC), fabricSysctlScript()),
    ...nodes.map(([name, node]) => shell(netnsName(id, name), nodeSysctlScript(node))),
  ])
  await ipBatch(cableLines(id, spec))
  await Promise.all([
    ipBatch(fabricLines(spec), netnsName(id, FABRIC)),
    ...nodes.map(async ([name, node]) => {
      const netns = netnsName(id, name)
      if (node.sysctls !== undefined) await shell(netns, sysctlScript(node.sysctls))
      await ipBatch(nodeLines(node), netns)
      if (node.nft !== undefined)
        await run(['ip', 'netns', 'exec', netns, 'nft', '-f', '-'], { stdin: node.nft })
    }),
  ])
  await Promise.all(
    [FABRIC, ...Object.keys(spec.nodes)].map((name) => carrierEverywhere(netnsName(id, name))),
  )
}

/** Carrier comes a moment after `up`; IPv6 and the bridge act on it, so a lab is ready only with it. */
async function carrierEverywhere(netns: string): Promise<void> {
  await until(
    `carrier on every interface of ${netns}`,
    async () => {
      const links = JSON.parse(await run(['ip', '-j', '-n', netns, 'link', 'show', 'type', 'veth'])) as Link[]
      return links.every(({ operstate }) => operstate === 'UP')
    },
    { interval: 2 },
  )
}

async function shell(netns: string, script: string): Promise<void> {
  await run(['ip', 'netns', 'exec', netns, 'sh', '-e'], { stdin: script })
}
