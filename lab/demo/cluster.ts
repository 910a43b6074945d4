/* The folder that the Heralds of a chapter share, and what they say in it of themselves. */
import { cpSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '../command.ts'
import { until, type LabProcess } from '../index.ts'
import { herald, manifestFolder } from './project.ts'

/** The part of a node's view (`.herald/nodes/NODE.json`) that the demo looks at. */
interface View {
  readonly node: string
  readonly role: string
  readonly services: readonly {
    service: string
    addresses: readonly string[]
    reason: string
    message: string
  }[]
  readonly announcements: readonly { address: string; phase: string }[]
  readonly owners: readonly { service: string; winner?: string }[]
}

/** The part of the plan document that the demo looks at. */
interface Plan {
  readonly services: readonly {
    namespace: string
    name: string
    announcements: readonly { address: string; nodes: readonly string[] }[]
  }[]
}

type Processes = ReadonlyMap<string, LabProcess>

export class Cluster {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Copies another chapter's manifests in, as a person would: the running Heralds notice. */
  add(chapter: string): void {
    cpSync(manifestFolder(chapter), this.folder, { recursive: true })
  }

  /** The node whose Herald hands out the addresses. */
  allocator(): string {
    return this.views().find(({ role }) => role === 'allocating')?.node ?? 'nobody'
  }

  /** Waits until every node knows the addresses of a Service. */
  addressesOf(service: string, heralds: Processes): Promise<readonly string[]> {
    return until(
      `every node to know the addresses of ${service}`,
      () => {
        assertRunning(heralds)
        const views = this.views()
        const [first = [], ...others] = views.map((view) => assignmentOf(view, service)?.addresses ?? [])
        const agreed = first.length > 0 && others.every((known) => known.join() === first.join())
        return views.length === heralds.size && agreed ? first : undefined
      },
      { timeout: 20_000 },
    )
  }

  /** Waits until some node says that a Service has addresses. */
  assigned(service: string): Promise<readonly string[]> {
    return until(`addresses for ${service}`, () => {
      const found = this.views().map((view) => assignmentOf(view, service)?.addresses ?? [])
      return found.find((addresses) => addresses.length > 0)
    })
  }

  /** Waits for the decision that a Service gets no address. */
  refused(service: string): Promise<{ reason: string; message: string }> {
    return until(`the decision on ${service}`, () => {
      const allocator = this.views().find(({ role }) => role === 'allocating')
      const assignment = allocator && assignmentOf(allocator, service)
      return assignment?.addresses.length === 0 && assignment
    })
  }

  /** Waits until this node serves the address. */
  async serving(address: string, node: string, heralds: Processes): Promise<void> {
    await until(`${node} to serve ${address}`, () => {
      assertRunning(heralds)
      return this.views().some((view) => view.node === node && serves(view, address))
    })
  }

  async servedBySomeone(address: string, nodes: readonly string[]): Promise<void> {
    const among = (view: View): boolean => nodes.includes(view.node) && serves(view, address)
    await until(`one of ${nodes.join(', ')} to serve ${address}`, () => this.views().some(among))
  }

  /** The owner that `herald plan` predicts on the same folder, once every node has come to the same. */
  async electedFor(service: string, address: string, heralds: Processes): Promise<string> {
    const [namespace, name] = service.split('/')
    const plan = JSON.parse(await run([...this.argv('plan'), '-o', 'json'])) as Plan
    const found = plan.services.find((entry) => entry.namespace === namespace && entry.name === name)
    const predicted = found?.announcements.find((entry) => entry.address === address)?.nodes[0]
    if (predicted === undefined) throw new Error(`herald plan names no owner of ${service}`)
    await until(`every node to elect ${predicted} for ${service}`, () => {
      assertRunning(heralds)
      const views = this.views()
      return views.every(({ owners }) =>
        owners.some((owner) => owner.service === service && owner.winner === predicted),
      )
    })
    return predicted
  }

  /** What `herald explain` says on the same folder. */
  explain(service: string): Promise<string> {
    return run(this.argv('explain', `svc/${service}`))
  }

  private argv(...command: readonly string[]): string[] {
    return [process.execPath, herald, ...command, '-f', this.folder]
  }

  private views(): View[] {
    const folder = join(this.folder, '.herald/nodes')
    if (!existsSync(folder)) return []
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
    return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as View)
  }
}

function assignmentOf(view: View, service: string): View['services'][number] | undefined {
  return view.services.find((assignment) => assignment.service === service)
}

function serves(view: View, address: string): boolean {
  return view.announcements.some((target) => target.address === address && target.phase === 'serving')
}

/** A Herald that ended says why in its own words. */
function assertRunning(heralds: Processes): void {
  for (const [name, process] of heralds) {
    if (!process.running) throw new Error(`the Herald of ${name} ended:\n${process.output}`)
  }
}
