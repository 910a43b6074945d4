/* A person who asks for moves: what `herald move` plans is made true, and with --once the wish ends when it is. */
import type { Address } from '#core/model/address.ts'
import { planMove, type MovePlan, type Request } from '#core/moves/move.ts'

import { l2 } from '../core/selection/fixtures.ts'
import type { Edit } from './cluster.ts'
import { keyOf } from './decision.ts'
import { Memory } from './memory.ts'
import { indexOfNode, nameOfNode } from './names.ts'
import { factsOf } from './objects.ts'
import type { Fault } from './scenario.ts'
import type { Scene } from './scene.ts'

const plans = new Memory<ReturnType<typeof planMove>>()

const lookEvery = 100
/** Then the person gives up, and the wish stays. */
const patience = 3000

export class Commander {
  readonly #world: Scene
  readonly #edit: (edit: Edit) => void

  constructor(world: Scene, edit: (edit: Edit) => void) {
    this.#world = world
    this.#edit = edit
  }

  move({ service, to, once }: Extract<Fault, { kind: 'move' }>): void {
    const { cluster, agenda } = this.#world
    const { name } = cluster.services[service % cluster.services.length]!
    const target = to === undefined ? {} : { to: nameOfNode(to) }
    const plan = this.#plan({ service: `default/${name}`, ...target })
    if ('refusal' in plan) return this.#world.note(() => `refused: ${plan.refusal}`)
    for (const [asking, wish] of plan.wishes) this.#ask(asking, wish)
    if (once && to !== undefined) this.#await(plan, agenda.now + patience)
  }

  /** From what the statuses tell; the same from the same, so that it is made once. */
  #plan(request: Request): ReturnType<typeof planMove> {
    const { cluster, processes } = this.#world
    const served = this.#servedBy()
    const dead = processes.flatMap((one, index) => (one.over ? [nameOfNode(index)] : []))
    const holders = [...served].flatMap(([address, nodes]) =>
      [...nodes].slice(0, 1).map((node) => ({ announcer: l2.name, address, node })),
    )
    const serving = [...served].map(([address, nodes]) => [address, ...nodes].join())
    const key = [keyOf(cluster), dead.join(), serving.join(' '), request.service, request.to ?? ''].join(' ')
    const facts = { dead: new Set(dead), ...(cluster.election === 'stable' && { holders }) }
    return plans.get(key, () => planMove(factsOf(cluster, facts), served, request))
  }

  #servedBy(): Map<Address, ReadonlySet<string>> {
    const { cluster, scenario } = this.#world
    const nodes = Array.from({ length: scenario.nodes }, (_, index) => index)
    const addresses = cluster.services.flatMap((one) => one.addresses)
    return new Map(
      addresses.map((address) => [
        address,
        new Set(nodes.filter((node) => this.#world.answers(node, address)).map(nameOfNode)),
      ]),
    )
  }

  #ask(service: string, node: string | undefined): void {
    const { services } = this.#world.cluster
    const index = services.findIndex(({ name }) => `default/${name}` === service)
    if (index < 0) return
    this.#world.note(() => `${service} asks for ${node ?? 'no node'}`)
    this.#edit({ what: 'wish', service: index, wish: node === undefined ? undefined : indexOfNode(node) })
  }

  #await(plan: MovePlan, until: number): void {
    const { agenda } = this.#world
    agenda.plan(agenda.now + lookEvery, () => {
      const served = this.#servedBy()
      const done = plan.moves.every(({ addresses, to }) =>
        addresses.every((address) => [...(served.get(address) ?? [])].join() === to),
      )
      if (done) for (const service of plan.services) this.#ask(service, undefined)
      else if (agenda.now < until) this.#await(plan, until)
    })
  }
}
