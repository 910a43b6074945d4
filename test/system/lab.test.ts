import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { execute } from '#lab/command.ts'
import {
  type BackendAnswer,
  bridgeTopology,
  createLab,
  describeMissing,
  type Lab,
  type LabSpec,
  labRequirements,
  listLabs,
  podNetwork,
  startPods,
  sweepStaleLabs,
  until,
} from '#lab/index.ts'

import { bundleWorker, type BundledWorker } from '../platform/bundle-worker.ts'

const requirements = await labRequirements(['nft', 'tcpdump', 'ping', 'curl'])
const { ok } = requirements
if (!ok) console.warn(`the lab's tests are skipped: ${describeMissing(requirements)}`)

const labs: Lab[] = []

async function lab(spec: LabSpec): Promise<Lab> {
  const made = await createLab(spec)
  labs.push(made)
  return made
}

afterEach(async () => {
  for (const made of labs.splice(0)) await made.dispose()
})

/** Three hosts on one wire, both families. */
const wire: LabSpec = {
  segments: { lan: {} },
  nodes: Object.fromEntries(
    ['a', 'b', 'c'].map((name, index) => [
      name,
      { interfaces: [{ segment: 'lan', addresses: [`192.0.2.${index + 1}/24`, `fd00::${index + 1}/64`] }] },
    ]),
  ),
}

/** Namespaces, directory and owner mark of a lab that are there now. */
function tracesOf(id: string): string[] {
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : []
  return [...namespaces, ...readdirSync('/run')].filter((name) => name.startsWith(id))
}

/** A dead process that its parent has not collected yet is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits for the kernel's next ARP or NDP retry, a second later, where an earlier one went unanswered. */
const ping = ['ping', '-c', '1', '-W', '5']
/** For a way that is known to be closed. */
const pingShortly = ['ping', '-c', '1', '-W', '1']

describe.skipIf(!ok)('a lab', () => {
  it('is ready when it is there: the first packet of either family arrives', async () => {
    const made = await lab(wire)
    const [a, b, c] = [made.node('a'), made.node('b'), made.node('c')]
    await a.run([...ping, '192.0.2.2'])
    await a.run([...ping, 'fd00::3'])
    const neighbours = await a.neighbours('eth0')
    expect(neighbours.find(({ dst }) => dst === '192.0.2.2')?.lladdr).toBe(b.mac())
    expect(neighbours.find(({ dst }) => dst === 'fd00::3')?.lladdr).toBe(c.mac())
    expect(b.mac()).toBe('02:68:6c:00:02:00')
  })

  it('does not meet another one with the same addresses', async () => {
    const [one, two] = await Promise.all([lab(wire), lab(wire)])
    await one.node('b').cutLink()
    expect((await one.node('a').exec([...pingShortly, '192.0.2.2'])).code).toBe(1)
    await two.node('a').run([...ping, '192.0.2.2'])
  })

  it('shows routes and addresses as the kernel has them', async () => {
    const a = (await lab(wire)).node('a')
    await a.ip('route add 198.51.100.0/24 nexthop via 192.0.2.2 nexthop via 192.0.2.3')
    const route = (await a.routes()).find(({ dst }) => dst === '198.51.100.0/24')
    expect(route?.nexthops?.map(({ gateway }) => gateway)).toEqual(['192.0.2.2', '192.0.2.3'])
    const [, eth0] = await a.links()
    expect(eth0?.addr_info.map(({ local }) => local)).toEqual(
      expect.arrayContaining(['192.0.2.1', 'fd00::1']),
    )
  })

  it('captures packets as text and as a file', async () => {
    const made = await lab(wire)
    const pcap = join(made.directory, 'arp.pcap')
    const capture = await made.node('b').capture('eth0', 'arp', { pcap })
    await made.node('a').run([...ping, '192.0.2.2'])
    await capture.waitForPacket(/Reply 192\.0\.2\.2 is-at 02:68:6c:00:02:00/)
    expect((await capture.stop()).some(({ text }) => text.includes('Request who-has 192.0.2.2'))).toBe(true)
    expect(existsSync(pcap)).toBe(true)
  })

  it('that cannot be made says which line failed and leaves nothing', async () => {
    const before = new Set(listLabs().map(({ id }) => id))
    const spec: LabSpec = {
      ...wire,
      nodes: { ...wire.nodes, a: { interfaces: [], routes: [{ to: 'default', via: '192.0.2.9' }] } },
    }
    await expect(lab(spec)).rejects.toThrow('(route add default via 192.0.2.9)')
    expect(listLabs().filter(({ id, owner }) => owner.pid === process.pid && !before.has(id))).toEqual([])
  })

  it('is not begun with a faulty topology', async () => {
    await expect(lab({ segments: {}, nodes: { a: { interfaces: [{ segment: 'lan' }] } } })).rejects.toThrow(
      'nodes.a.interfaces[0].segment: "lan" is not one of no segments at all',
    )
  })
})

describe.skipIf(!ok)('a cable', () => {
  it('can be cut without either end noticing', async () => {
    const made = await lab(wire)
    const [a, b] = [made.node('a'), made.node('b')]
    await b.cutLink()
    expect((await a.exec([...pingShortly, '192.0.2.2'])).code).toBe(1)
    expect((await b.links()).find(({ ifname }) => ifname === 'eth0')?.operstate).toBe('UP')
    await b.healLink()
    await a.run([...ping, '192.0.2.2'])
  })

  it('can be unplugged, which its node sees', async () => {
    const made = await lab(wire)
    const b = made.node('b')
    const state = async (): Promise<string | undefined> =>
      (await b.links()).find(({ ifname }) => ifname === 'eth0')?.operstate
    await b.unplug()
    await until('carrier to go', async () => (await state()) !== 'UP')
    await b.plug()
    await until('carrier to come', async () => (await state()) === 'UP')
    await made.node('a').run([...ping, '192.0.2.2'])
  })

  it('can be taken down by its node, and up again', async () => {
    const made = await lab(wire)
    await made.node('b').linkDown()
    expect(await made.node('b').routes()).toEqual([])
    await made.node('b').linkUp()
    expect((await made.node('b').links())[1]?.addr_info.map(({ local }) => local)).toContain('fd00::2')
    await until(
      'the way to be open again',
      async () => (await made.node('a').exec([...pingShortly, '192.0.2.2'])).code === 0,
    )
  })

  it('of a name that is not there is an error with those that are', async () => {
    const made = await lab(wire)
    await expect(made.node('a').cutLink('eth7')).rejects.toThrow('a: no interface eth7; it has eth0')
    expect(() => made.node('z')).toThrow('no node "z"; it has a, b, c')
  })

  it('can lose frames at random, all of them or some, and none again', async () => {
    const made = await lab(wire)
    const pings = ['ping', '-n', '-q', '-i', '0.01', '-c', '200', '-W', '2', '192.0.2.2']
    const lost = async (): Promise<number> => {
      const { stdout } = await made.node('a').exec(pings)
      return Number(/([\d.]+)% packet loss/.exec(stdout)?.[1])
    }
    await made.node('a').lose(30)
    expect(await lost()).toSatisfy((percent: number) => percent > 20 && percent < 90)
    await made.node('a').lose(0)
    expect(await lost()).toBe(0)
    await made.node('a').lose(100)
    expect((await made.node('a').exec([...pingShortly, '192.0.2.2'])).code).toBe(1)
  })
})

describe.skipIf(!ok)('service forwarding', () => {
  const service = { address: '192.168.8.11', port: 18081, protocol: 'TCP' } as const
  const service6 = { ...service, address: 'fc00:f853:ccd:e793::11' }
  const nodes = ['node1', 'node2']

  async function call(made: Lab, url: string): Promise<BackendAnswer> {
    return JSON.parse(await made.node('client').run(['curl', '-s', '--max-time', '5', url])) as BackendAnswer
  }

  it('spreads connections over the pods of both families, and gives them up again', async () => {
    const made = await lab(bridgeTopology({ nodes }))
    await startPods(made, nodes)
    const pods = [0, 1].map(podNetwork)
    const node = made.node('node1')
    await node.forwardService({ ...service, backends: pods.map(({ pod }) => ({ address: pod, port: 8080 })) })
    await node.forwardService({
      ...service6,
      backends: pods.map(({ pod6 }) => ({ address: pod6, port: 8080 })),
    })
    for (const url of ['http://192.168.8.11:18081', 'http://[fc00:f853:ccd:e793::11]:18081']) {
      const seen = new Set<string>()
      await until(
        `both pods to answer ${url}`,
        async () => seen.add((await call(made, url)).host_name).size === 2,
      )
      expect([...seen].sort()).toEqual(nodes)
    }
    await node.unforwardService(service)
    await expect(call(made, 'http://192.168.8.11:18081')).rejects.toThrow('exit status 7')
  })

  it('hides the client behind the node, or keeps it', async () => {
    const made = await lab(bridgeTopology({ nodes }))
    await startPods(made, nodes)
    const [first] = [0].map(podNetwork)
    const backends = [{ address: first?.pod ?? '', port: 8080 }]
    await made.node('node1').forwardService({ ...service, backends })
    expect(await call(made, 'http://192.168.8.11:18081')).toEqual({
      pod_name: 'metallb-demo',
      pod_ip: '172.20.161.20',
      host_name: 'node1',
      client_ip: '172.20.161.1',
    })
    await made.node('node1').forwardService({ ...service, backends, preserveClient: true })
    expect((await call(made, 'http://192.168.8.11:18081')).client_ip).toBe('192.168.11.100')
  })

  it('without backends refuses', async () => {
    const made = await lab(bridgeTopology({ nodes, pods: false }))
    await made.node('node1').forwardService({ ...service, backends: [] })
    const called = made.node('client').run(['curl', '-s', '--max-time', '1', 'http://192.168.8.11:18081'])
    await expect(called).rejects.toThrow('exit status 28')
  })

  it('carries UDP', async () => {
    const made = await lab(bridgeTopology({ nodes }))
    await startPods(made, nodes, { udpPorts: [53] })
    const backends = [{ address: podNetwork(1).pod, port: 53 }]
    await made.node('node1').forwardService({ address: '192.168.8.11', port: 53, protocol: 'UDP', backends })
    const ask = 'exec 3<>/dev/udp/192.168.8.11/53; echo -n hello >&3; head -n 1 <&3'
    const answer = JSON.parse(await made.node('client').run(['bash', '-c', ask])) as BackendAnswer
    expect(answer).toMatchObject({ host_name: 'node2', echo: 'hello' })
  })
})

describe.skipIf(!ok)('nothing is left', () => {
  let program: BundledWorker

  beforeAll(async () => {
    program = await bundleWorker(fileURLToPath(new URL('fixtures/lab-owner.ts', import.meta.url)))
    // Somebody without root runs it as well.
    chmodSync(dirname(program.script), 0o755)
  })

  afterAll(() => program.remove())

  /** Starts an owner in a process of its own and waits until its lab is up. */
  async function own(ending: string, wrapper: readonly string[] = []) {
    const [file, ...args] = [...wrapper, process.execPath, program.script, ending]
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [
      string,
    ]
    const up = JSON.parse(line) as { id: string; pid: number; uid: number }
    return { child, ended, ...up }
  }

  it('after dispose, however often it is called', async () => {
    const made = await lab(wire)
    const sleeper = made.node('a').spawn(['sh', '-c', 'sleep 1000 & wait'])
    const stubborn = made.node('b').spawn(['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 1; done'])
    await stubborn.waitForLine(/up/)
    stubborn.freeze()
    expect(tracesOf(made.id)).toHaveLength(6)
    await made.dispose()
    await made.dispose()
    expect(tracesOf(made.id)).toEqual([])
    expect((await sleeper.exited).signal).toBe('SIGKILL')
    expect((await stubborn.exited).signal).toBe('SIGKILL')
  })

  it.each(['exit', 'throw'])('when the owner ends by %s', async (ending) => {
    const { ended, id, pid } = await own(ending)
    expect(await ended).toEqual([ending === 'exit' ? 0 : 1, null])
    expect(tracesOf(id)).toEqual([])
    expect(isAlive(pid)).toBe(false)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'when the owner gets %s, of which it dies',
    async (signal) => {
      const { child, ended, id, pid } = await own('wait')
      child.kill(signal)
      expect(await ended).toEqual([null, signal])
      expect(tracesOf(id)).toEqual([])
      expect(isAlive(pid)).toBe(false)
    },
  )

  it('when the owner is killed with -9 and somebody sweeps', async () => {
    const { child, ended, id, pid } = await own('wait')
    expect(listLabs().find((entry) => entry.id === id)?.owner).toEqual({ pid: child.pid, alive: true })
    sweepStaleLabs()
    expect(tracesOf(id)).not.toEqual([])
    child.kill('SIGKILL')
    await ended
    sweepStaleLabs()
    expect(tracesOf(id)).toEqual([])
    expect(isAlive(pid)).toBe(false)
  })

  it('of a lab whose owner is dead once the next lab is made', async () => {
    const { child, ended, id } = await own('wait')
    child.kill('SIGKILL')
    await ended
    await lab(wire)
    expect(tracesOf(id)).toEqual([])
  })

  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']

  it('of a lab refused for want of root, and the remedy is told', async () => {
    const { stderr, code } = await execute([...nobody, process.execPath, program.script, 'wait'])
    expect(stderr).toContain('lab: root is missing (to make nodes and cables): run it with sudo')
    expect(code).toBe(1)
  })

  it('of a lab made without root, in a user namespace', async ({ skip }) => {
    const unshare = [
      'unshare',
      '--user',
      '--map-root-user',
      '--net',
      '--pid',
      '--fork',
      '--mount-proc',
      'true',
    ]
    if ((await execute([...nobody, ...unshare])).code !== 0) skip('this machine allows no user namespaces')
    const { ended, id, uid } = await own('rootless', nobody)
    expect(uid).toBe(0)
    expect(await ended).toEqual([0, null])
    expect(tracesOf(id)).toEqual([])
  })
})
