/*
 * Puts each address on an interface, so that the kernel answers ARP and NDP for it. The addresses carry a mark of their
 * own (IFA_PROTO, Linux 5.18), by which a new run finds and removes what an earlier one left behind.
 */
import { ConfigError, definePlugin, FenceWatch, type Announcer, type AnnouncerHost } from 'heraldlb'

import { addAddress, indexOf, markedAddresses, removeAddress } from './netlink.js'

interface Config {
  readonly interface: string
}

const phases = { arm: 'armed', serve: 'serving', retire: 'silent' } as const

export default definePlugin<Config>({
  api: 1,
  name: 'kernel-address',
  version: '1.0.0',
  placement: 'one-node',
  fencing: 'message',
  resources: [],
  optionsSchema: { type: 'object', properties: {}, additionalProperties: false },
  unsupported: [],
  parseConfig(input) {
    const found = (input ?? {}) as Partial<Config>
    if (typeof found.interface === 'string' && found.interface !== '') return { interface: found.interface }
    const path = 'kernel-address.interface'
    throw new ConfigError({
      path,
      found: JSON.stringify(found.interface) ?? 'nothing',
      allowed: 'name of an interface',
    })
  },
  create: (config, host) => new KernelAddress(config.interface, host),
})

class KernelAddress implements Announcer {
  readonly #link: string
  readonly #watch: FenceWatch
  readonly #present = new Set<string>()

  constructor(link: string, { fence, clock }: AnnouncerHost) {
    this.#link = link
    // The kernel asks no fence before it answers: a closed grant takes the address away instead.
    this.#watch = new FenceWatch({
      fence,
      clock,
      changed: ({ closed }) => closed.forEach((one) => this.#take(one)),
    })
  }

  async open(): Promise<void> {
    for (const address of markedAddresses(indexOf(this.#link))) removeAddress(indexOf(this.#link), address)
  }

  async reconcile({ generation, targets }: Parameters<Announcer['reconcile']>[0]) {
    const index = indexOf(this.#link)
    const wanted = new Set<string>(
      targets.filter(({ stage }) => stage === 'serve').map(({ address }) => address),
    )
    for (const address of this.#present) if (!wanted.has(address)) this.#take(address)
    for (const address of wanted) {
      if (this.#present.has(address)) continue
      addAddress(index, address)
      this.#present.add(address)
    }
    this.#watch.watch(targets)
    const statuses = targets.map(({ address, stage }) => ({
      address,
      phase: phases[stage],
      via: [this.#link],
    }))
    return { generation, targets: statuses }
  }

  async close(): Promise<void> {
    this.#watch.stop()
  }

  #take(address: string): void {
    if (this.#present.delete(address)) removeAddress(indexOf(this.#link), address)
  }
}
