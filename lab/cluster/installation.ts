/*
 * Herald in a cluster as people install it: an overlay of deploy/kustomize, applied with kubectl. In the place of
 * kubelets this binds the Pods that come of it to their nodes and starts what their containers say, with their
 * arguments, volumes, capabilities and the token of their account.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { LabNode } from '../node.ts'
import type { LabProcess } from '../process.ts'
import { Hopeless, until } from '../until.ts'
import type { KubeCluster } from './cluster.ts'
import { mounted } from '../daemons/newer.ts'
import {
  argumentsOf,
  mountsOf,
  privileges,
  sidecarsOf,
  wantedNode,
  type Container,
  type Pod,
} from './container.ts'
import { CONTROL_PLANE } from './topology.ts'

export interface InstallationOptions {
  /** Folder of a kustomization. */
  readonly overlay: string
  /** Path of herald.js. */
  readonly herald: string
  /** Appended to the arguments of the speakers' containers. */
  readonly speakerFlags?: readonly string[]
  /** For programs that an image has in another place than this machine: by container, what runs instead of its command. */
  readonly commands?: Readonly<Record<string, readonly string[]>>
}

const namespace = 'metallb-system'
const inNamespace = `/api/v1/namespaces/${namespace}`
type Component = 'controller' | 'speaker'

/** One container, ready to be started. */
interface Prepared {
  readonly pod: Pod
  readonly node: LabNode
  readonly folder: string
  readonly argv: readonly string[]
  /** Of the containers beside Herald's, by name. */
  readonly beside: ReadonlyMap<string, readonly string[]>
}

export class Installation {
  readonly #cluster: KubeCluster
  readonly #options: InstallationOptions
  /** By the lab's node. */
  readonly #prepared = new Map<string, Prepared>()
  readonly #processes = new Map<string, LabProcess>()
  /** By node and container. */
  readonly #beside = new Map<string, LabProcess>()

  private constructor(cluster: KubeCluster, options: InstallationOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Settles when everything runs and says that it is ready. */
  static async apply(cluster: KubeCluster, options: InstallationOptions): Promise<Installation> {
    const installation = new Installation(cluster, options)
    await cluster.kubectl('apply', '--server-side', '-k', options.overlay)
    await cluster.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all')
    // The lab has one place for Pods that are not on the host's network.
    await cluster.kubectl('scale', '-n', namespace, 'deployment/herald-controller', '--replicas=1')
    await installation.#run('controller', 1)
    await installation.#run('speaker', cluster.nodes.length)
    return installation
  }

  speaker(node: string): LabProcess {
    const found = this.#processes.get(node)
    if (found === undefined) throw new Error(`no speaker was started on ${node}`)
    return found
  }

  /** A container in the Pod of a node's speaker. */
  beside(node: string, container: string): LabProcess {
    const found = this.#beside.get(`${node} ${container}`)
    if (found === undefined) throw new Error(`no ${container} was started on ${node}`)
    return found
  }

  get controller(): LabProcess {
    return this.speaker(CONTROL_PLANE)
  }

  /** As a kubelet restarts a container that has ended: its volumes are as they were. `flags`: this time alone. */
  restart(node: string = CONTROL_PLANE, flags: readonly string[] = []): LabProcess {
    const prepared = this.#prepared.get(node)
    if (prepared === undefined) throw new Error(`nothing of Herald is bound to ${node}`)
    return this.#start({ ...prepared, argv: [...prepared.argv, ...flags] })
  }

  /** As a kubelet ends the Pod of a speaker: its containers all at once, its sidecars after them, the last one first. */
  async end(node: string): Promise<void> {
    const prepared = this.#prepared.get(node)
    if (prepared === undefined) throw new Error(`nothing of Herald is bound to ${node}`)
    const sidecars = sidecarsOf(prepared.pod).map(({ name }) => name)
    const others = [...prepared.beside.keys()].filter((name) => !sidecars.includes(name))
    // They have no init here that would hand a SIGTERM on.
    for (const name of others) this.beside(node, name).kill()
    await this.speaker(node).stop(30_000)
    for (const name of [...sidecars].reverse()) {
      this.beside(node, name).kill()
      await this.beside(node, name).exited
    }
  }

  /** Settles when the process on a node says so. */
  async ready(node: string = CONTROL_PLANE): Promise<void> {
    await until(
      `Herald on ${node} to be ready`,
      async () => {
        const { running, lines } = this.speaker(node)
        if (!running) throw new Hopeless(`Herald on ${node} has ended:\n${lines.slice(-20).join('\n')}`)
        const url = 'http://127.0.0.1:7472/readyz'
        const { code, stdout } = await this.#cluster
          .node(node)
          .exec(['curl', '-sS', '--fail-with-body', '-m', '2', url])
        if (code === 0) return true
        throw new Error(`${stdout}\n${lines.slice(-10).join('\n')}`)
      },
      // Each look is a process, which takes the time that Herald would start in.
      { timeout: 30_000, interval: 100 },
    )
  }

  /** Gives a component a new token, as a kubelet does before the old one expires; settles with the old one. */
  async rotateToken(node: string = CONTROL_PLANE): Promise<string> {
    const prepared = this.#prepared.get(node)
    if (prepared === undefined) throw new Error(`nothing of Herald is bound to ${node}`)
    const old = readFileSync(join(prepared.folder, 'token'), 'utf8')
    await this.#writeToken(prepared)
    return old
  }

  async #run(component: Component, count: number): Promise<void> {
    const pods = await until(`${count} Pods of the ${component}`, async () => {
      const found = await this.#pods(component)
      return found.length === count && found
    })
    const started: Prepared[] = []
    for (const pod of pods) {
      const node = wantedNode(pod) ?? this.#cluster.nodes[0] ?? ''
      await this.#bind(pod, node)
      const place = this.#cluster.node(component === 'speaker' ? node : CONTROL_PLANE)
      const bound = { ...pod, spec: { ...pod.spec, nodeName: node } }
      const prepared = await this.#prepare(bound, place, component)
      started.push(prepared)
      this.#prepared.set(place.name, prepared)
      this.#startBeside(prepared)
      this.#start(prepared)
    }
    for (const prepared of started) {
      await this.ready(prepared.node.name)
      await this.#markRunning(prepared)
    }
  }

  async #pods(component: Component): Promise<readonly Pod[]> {
    const selector = `app.kubernetes.io/component=${component}`
    const pods = await this.#cluster.api.list(`${inNamespace}/pods?labelSelector=${selector}`)
    return pods.filter(({ metadata }) => !('deletionTimestamp' in metadata)) as unknown as readonly Pod[]
  }

  async #bind({ metadata: { name } }: Pod, node: string): Promise<void> {
    const target = { apiVersion: 'v1', kind: 'Node', name: node }
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target }
    await this.#cluster.api.create(`${inNamespace}/pods/${name}/binding`, binding)
  }

  async #prepare(pod: Pod, node: LabNode, component: Component): Promise<Prepared> {
    const folder = join(node.directory, component)
    const place = (volume: string): string => join(folder, volume)
    mkdirSync(folder)
    for (const { name, secret, configMap } of pod.spec.volumes ?? []) {
      mkdirSync(place(name))
      // As a kubelet makes an emptyDir: for whatever user a container has.
      if (secret === undefined && configMap === undefined) chmodSync(place(name), 0o777)
      if (secret !== undefined) await this.#mountSecret(secret.secretName, place(name))
      if (configMap !== undefined) await this.#mountConfigMap(configMap.name, place(name))
    }
    const [own, ...others] = pod.spec.containers
    const sidecars = sidecarsOf(pod)
    if (own === undefined) throw new Error(`${pod.metadata.name} has no container`)
    const { speakerFlags = [] } = this.#options
    const flags = component === 'speaker' ? speakerFlags : []
    const program = [process.execPath, this.#options.herald]
    const argv = [...privileges(own), ...program, ...argumentsOf(pod, place), ...flags]
    const beside = [...sidecars, ...others].map((one) => [one.name, this.#commandOf(one, folder)] as const)
    const prepared = {
      pod,
      node,
      folder,
      argv: mounted(mountsOf(own, folder), argv),
      beside: new Map(beside),
    }
    await this.#writeToken(prepared)
    this.#writeKubeconfig(prepared)
    return prepared
  }

  /** In a process namespace of its own, as in a container: what it starts goes with it. */
  #commandOf(container: Container, folder: string): readonly string[] {
    const { command = [], args = [], name } = container
    const argv = [...privileges(container), ...(this.#options.commands?.[name] ?? [...command, ...args])]
    const alone = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
    return mounted(mountsOf(container, folder), [...alone, ...argv])
  }

  #startBeside({ node, folder, beside }: Prepared): void {
    for (const [name, argv] of beside) {
      const log = join(folder, `${name}.log`)
      this.#beside.set(`${node.name} ${name}`, node.spawn(argv, { name: `${name} on ${node.name}`, log }))
    }
  }

  async #mountConfigMap(name: string, place: string): Promise<void> {
    // One that is not there is optional, or the Pod would not have started.
    const found = await this.#cluster.api.find(`${inNamespace}/configmaps/${name}`)
    for (const [key, text] of Object.entries((found?.['data'] ?? {}) as Record<string, string>))
      writeFileSync(join(place, key), text, { mode: 0o644 })
  }

  async #mountSecret(name: string, place: string): Promise<void> {
    const { data } = await until(`Secret ${name}`, () =>
      this.#cluster.api.find(`${inNamespace}/secrets/${name}`),
    )
    for (const [key, value] of Object.entries(data as Record<string, string>))
      writeFileSync(join(place, key), Buffer.from(value, 'base64'), { mode: 0o400 })
  }

  /** Bound to a Secret of its own: when that goes, the token is worth nothing. */
  async #writeToken({ pod: { spec }, folder, node }: Prepared): Promise<void> {
    const account = spec.serviceAccountName
    const name = `token-${node.name}`
    await this.#cluster.kubectl('delete', 'secret', name, '-n', namespace, '--ignore-not-found')
    await this.#cluster.kubectl('create', 'secret', 'generic', name, '-n', namespace)
    const bound = ['--bound-object-kind=Secret', `--bound-object-name=${name}`]
    const token = await this.#cluster.kubectl('create', 'token', account, '-n', namespace, ...bound)
    writeFileSync(join(folder, 'token'), token.trim(), { mode: 0o600 })
  }

  #writeKubeconfig({ folder }: Prepared): void {
    const { controlPlane } = this.#cluster
    const ca = Buffer.from(controlPlane.ca()).toString('base64')
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'lab', cluster: { server: controlPlane.url, 'certificate-authority-data': ca } }],
      users: [{ name: 'account', user: { tokenFile: join(folder, 'token') } }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'account' } }],
      'current-context': 'lab',
    }
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config), { mode: 0o600 })
  }

  #start({ node, argv, folder }: Prepared): LabProcess {
    const env = { KUBECONFIG: join(folder, 'kubeconfig') }
    const started = node.spawn(argv, { name: `Herald on ${node.name}`, log: join(folder, 'log'), env })
    this.#processes.set(node.name, started)
    return started
  }

  async #markRunning({ pod: { metadata, spec }, node }: Prepared): Promise<void> {
    const address = node.address()
    const hostIP = this.#cluster.node(spec.nodeName as string).address()
    const conditions = ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'True' }))
    const container = { name: 'herald', ready: true, restartCount: 0, image: 'herald', imageID: '' }
    const addresses = { hostIP, podIP: address, podIPs: [{ ip: address }] }
    const status = { phase: 'Running', ...addresses, conditions, containerStatuses: [container] }
    await this.#cluster.api.patch(`${inNamespace}/pods/${metadata.name}/status`, { status })
  }
}
