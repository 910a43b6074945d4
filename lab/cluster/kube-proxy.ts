/* kube-proxy in a node, in nftables mode: what makes a Service's address reach a pod. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Daemon, type Program } from '../daemons/daemon.ts'
import type { LabNode } from '../node.ts'
import { podRange } from '../topologies/pods.ts'
import type { ControlPlane } from './control-plane.ts'

const HEALTH_PORT = 10_256

export class KubeProxy extends Daemon {
  readonly #controlPlane: ControlPlane

  constructor(node: LabNode, controlPlane: ControlPlane) {
    super(node, 'kube-proxy')
    this.#controlPlane = controlPlane
  }

  /** Limits of the machine's connection tracking are left alone: they are not this node's. */
  protected override async prepare(): Promise<void> {
    const config = {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'nftables',
      hostnameOverride: this.node.name,
      clientConnection: { kubeconfig: this.#controlPlane.kubeconfig(), qps: 100, burst: 200 },
      detectLocalMode: 'ClusterCIDR',
      clusterCIDR: podRange,
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
      nftables: { minSyncPeriod: '100ms' },
      healthzBindAddress: `127.0.0.1:${HEALTH_PORT}`,
    }
    writeFileSync(this.#config, JSON.stringify(config))
  }

  protected override programs(): readonly Program[] {
    const argv = [this.#controlPlane.program('kube-proxy'), '--config', this.#config]
    return [{ name: 'kube-proxy', argv, answers: () => this.#isHealthy(), patience: 60_000 }]
  }

  async #isHealthy(): Promise<boolean> {
    const { code } = await this.node.exec(['curl', '-sf', `http://127.0.0.1:${HEALTH_PORT}/healthz`])
    return code === 0
  }

  get #config(): string {
    return join(this.directory, 'config.json')
  }
}
