/*
 * A cluster in a lab: a real control plane, a real kube-proxy on every node, and in the place of kubelets a test that
 * makes the Nodes and says that the Pods run. Each node has one namespace for pods, with the lab's HTTP server in it.
 */
import { join } from 'node:path'

import { Backend } from '../daemons/backend.ts'
import { createLab, type Lab } from '../lab.ts'
import type { LabNode } from '../node.ts'
import type { LabProcess } from '../process.ts'
import type { LabSpec } from '../spec.ts'
import { podNetwork, podNodeName } from '../topologies/pods.ts'
import { until } from '../until.ts'
import type { ApiClient, ApiObject } from './api-client.ts'
import { ControlPlane, type ControlPlaneOptions } from './control-plane.ts'
import { KubeProxy } from './kube-proxy.ts'
import { clusterPrograms } from './programs.ts'
import { CONTROL_PLANE, lanClusterTopology } from './topology.ts'

export interface ClusterOptions {
  /** Default node1, node2, node3; at their positions in the topology. */
  readonly nodes?: readonly string[]
  /** Default: `lanClusterTopology` of the nodes. */
  readonly topology?: LabSpec
  readonly controlPlane?: Omit<ControlPlaneOptions, 'programs'>
  /** A kube-proxy on every node. Default true. */
  readonly kubeProxy?: boolean
}

export interface PodOptions {
  readonly name: string
  readonly node: string
  readonly labels: Readonly<Record<string, string>>
  /** Default `default`. */
  readonly namespace?: string
  /** Default true. */
  readonly ready?: boolean
}

export class KubeCluster implements AsyncDisposable {
  readonly lab: Lab
  readonly nodes: readonly string[]
  readonly controlPlane: ControlPlane
  readonly api: ApiClient

  private constructor(lab: Lab, nodes: readonly string[], controlPlane: ControlPlane) {
    this.lab = lab
    this.nodes = nodes
    this.controlPlane = controlPlane
    this.api = controlPlane.client
  }

  /** Settles when the API server answers, the Nodes are Ready, and pods and kube-proxies run. */
  static async create(options: ClusterOptions = {}): Promise<KubeCluster> {
    const {
      nodes = ['node1', 'node2', 'node3'],
      topology = lanClusterTopology(nodes),
      kubeProxy = true,
    } = options
    const programs = await clusterPrograms()
    if (!programs.ok) throw new Error(`${programs.what} is missing: ${programs.remedy}`)
    const lab = await createLab(topology)
    try {
      const controlPlane = new ControlPlane(lab.node(CONTROL_PLANE), {
        programs: programs.folder,
        ...options.controlPlane,
      })
      await controlPlane.start()
      const cluster = new KubeCluster(lab, nodes, controlPlane)
      await cluster.#furnish(kubeProxy)
      return cluster
    } catch (error) {
      await lab.dispose()
      throw error
    }
  }

  async #furnish(kubeProxy: boolean): Promise<void> {
    await Promise.all(this.nodes.map((name) => this.addNode(name)))
    const backends = this.nodes
      .filter((name) => this.#podSpace(name) !== undefined)
      .map(
        (name) => new Backend(this.lab.node(podNodeName(name)), { podName: `web-${name}`, hostName: name }),
      )
    const proxies = kubeProxy ? this.nodes.map((name) => this.kubeProxy(name)) : []
    await Promise.all([...backends, ...proxies].map((daemon) => daemon.start()))
    await until('the default namespace', () => this.api.find('/api/v1/namespaces/default'))
  }

  /** Makes the Node, Ready, as its kubelet would; also one that was deleted. */
  async addNode(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    const object = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels } },
    }
    await this.api.create('/api/v1/nodes', object)
    // The API server taints what is new; the controller that takes the taint away needs a kubelet.
    await this.api.patch(`/api/v1/nodes/${name}`, { spec: { taints: null } })
    const node = this.lab.node(name)
    const addresses = [node.address('IPv4'), node.address('IPv6')]
    const status = { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) }
    await this.api.patch(`/api/v1/nodes/${name}/status`, { status })
    await this.setNodeReady(name, true)
  }

  async setNodeReady(name: string, ready: boolean): Promise<void> {
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', reason: 'SaidByTheLab' }
    await this.api.patch(`/api/v1/nodes/${name}/status`, { status: { conditions: [condition] } })
  }

  async addNamespace(name: string): Promise<void> {
    const path = `/api/v1/namespaces/${name}`
    if ((await this.api.find(path)) !== undefined) return
    await this.api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }

  /** A Pod on the node, running in the node's namespace for pods: several Pods of a node are one server. */
  async addPod({ name, node, labels, namespace = 'default', ready = true }: PodOptions): Promise<void> {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: { nodeName: node, containers: [{ name: 'web', image: 'web', ports: [{ containerPort: 8080 }] }] },
    }
    await this.api.create(`/api/v1/namespaces/${namespace}/pods`, pod)
    await this.setPodReady(name, ready, namespace)
  }

  async setPodReady(name: string, ready: boolean, namespace = 'default'): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`
    const { spec } = await this.api.get(path)
    const { pod, pod6 } = podNetwork(this.nodes.indexOf(spec.nodeName as string))
    const condition = { type: 'Ready', status: ready ? 'True' : 'False' }
    const podIPs = [{ ip: pod }, { ip: pod6 }]
    const node = this.lab.node(spec.nodeName as string)
    const status = { phase: 'Running', podIP: pod, podIPs, hostIP: node.address(), conditions: [condition] }
    await this.api.patch(`${path}/status`, { status })
  }

  async removePod(name: string, namespace = 'default'): Promise<void> {
    await this.api.delete(`/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`)
  }

  kubectl(...argv: readonly string[]): Promise<string> {
    return this.controlPlane.kubectl(argv)
  }

  /** `kubectl apply` of objects or YAML text. */
  apply(...documents: readonly (object | string)[]): Promise<string> {
    const text = documents.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n---\n')
    return this.controlPlane.kubectl(['apply', '-f', '-'], text)
  }

  /** `kubectl apply -f` of a folder or file, from the machine's file system. */
  applyFrom(path: string): Promise<string> {
    return this.kubectl('apply', '-f', path)
  }

  /** Applies the custom resources of deploy/crds and waits until they are served. */
  async applyCrds(folder: string): Promise<void> {
    await this.kubectl('apply', '--server-side', '-f', folder)
    await this.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all')
    await this.addNamespace('metallb-system')
  }

  service(name: string, namespace = 'default'): Promise<ApiObject> {
    return this.api.get(`/api/v1/namespaces/${namespace}/services/${name}`)
  }

  /** The addresses of its status, once it has any. */
  addressesOf(name: string, namespace = 'default', timeout = 20_000): Promise<readonly string[]> {
    return until(
      `an address of Service ${namespace}/${name}`,
      async () => {
        const { status } = await this.service(name, namespace)
        const ingress = (status?.loadBalancer?.ingress ?? []) as { ip: string }[]
        return ingress.length > 0 && ingress.map(({ ip }) => ip)
      },
      { timeout },
    )
  }

  /** Starts a program on a node; it finds the API server by the kubeconfig that `KUBECONFIG` names. */
  spawn(node: string, argv: readonly string[], name: string, kubeconfig?: string): LabProcess {
    const place = this.lab.node(node)
    const env = { KUBECONFIG: kubeconfig ?? this.controlPlane.kubeconfig() }
    return place.spawn(argv, { name: `${name} on ${node}`, log: join(place.directory, `${name}.log`), env })
  }

  node(name: string): LabNode {
    return this.lab.node(name)
  }

  dispose(): Promise<void> {
    return this.lab.dispose()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  #podSpace(node: string): LabNode | undefined {
    return this.lab.nodes.find(({ name }) => name === podNodeName(node))
  }

  /** Not started yet. */
  kubeProxy(name: string): KubeProxy {
    return new KubeProxy(this.lab.node(name), this.controlPlane)
  }
}
