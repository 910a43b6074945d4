/* The facts as they are now, kept by name so that a change of one costs nothing for the others. */
import type { FactChange } from './fact-change.ts'
import type { Facts } from '../model/facts.ts'
import { nameOf, type EndpointSliceObject, type NodeObject, type ServiceObject } from '../model/objects.ts'
import { slicesByService } from '../selection/endpoint-view.ts'

/** Everything but the kinds that are kept by name. */
export type Rest = Omit<Facts, 'services' | 'nodes' | 'endpointSlices'>

export class FactsBook {
  readonly #services: Map<string, ServiceObject>
  readonly #slices: Map<string | undefined, readonly EndpointSliceObject[]>
  /** Absent while the input has no Nodes. */
  #nodes: Map<string, NodeObject> | undefined
  #knowsSlices: boolean
  #rest: Rest

  constructor(facts: Facts) {
    const { services, nodes, endpointSlices, ...rest } = facts
    this.#services = new Map(services.map((service) => [nameOf(service), service]))
    this.#slices = new Map(slicesByService(facts))
    this.#nodes = nodes && new Map(nodes.map((node) => [node.metadata.name, node]))
    this.#knowsSlices = endpointSlices !== undefined
    this.#rest = rest
  }

  get rest(): Rest {
    return this.#rest
  }

  get nodesKnown(): boolean {
    return this.#nodes !== undefined
  }

  service(name: string): ServiceObject | undefined {
    return this.#services.get(name)
  }

  slicesOf(service: string): readonly EndpointSliceObject[] | undefined {
    return this.#slices.get(service)
  }

  node(name: string): NodeObject | undefined {
    return this.#nodes?.get(name)
  }

  /** As a whole: costs their number. */
  facts(): Facts {
    return {
      ...this.#rest,
      services: [...this.#services.values()],
      ...(this.#nodes === undefined ? {} : { nodes: [...this.#nodes.values()] }),
      ...(this.#knowsSlices ? { endpointSlices: [...this.#slices.values()].flat() } : {}),
    }
  }

  note(change: FactChange): void {
    switch (change.kind) {
      case 'service':
        return put(this.#services, change.name, change.object)
      case 'assignment':
        return
      case 'endpoints':
        this.#knowsSlices = true
        return put(this.#slices, change.service, change.slices)
      case 'node':
        this.#nodes ??= new Map()
        return put(this.#nodes, change.name, change.object)
      case 'dead':
        this.#rest = { ...this.#rest, dead: change.nodes }
        return
      case 'holders':
        this.#rest = { ...this.#rest, holders: change.holders }
        return
      case 'quarantine':
        this.#rest = { ...this.#rest, quarantine: change.quarantine }
        return
      case 'shut-paths':
        this.#rest = { ...this.#rest, shutPaths: change.shutPaths }
        return
      case 'returns':
        this.#rest = { ...this.#rest, returns: change.returns }
        return
      case 'config': {
        const { namespaces: _, secrets: __, refused: ___, ...rest } = this.#rest
        const { kind: ____, objects, ...known } = change
        this.#rest = { ...rest, config: objects, ...known }
      }
    }
  }
}

function put<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
