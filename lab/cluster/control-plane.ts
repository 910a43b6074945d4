/*
 * A control plane in a node: etcd, kube-apiserver and kube-controller-manager, and a relay through which the lab's own
 * process, which lives in another network namespace, reaches the API server by a socket file.
 *
 * There is no kubelet and no scheduler: Nodes and Pods are made by hand (`cluster.ts`), and what would punish Nodes
 * without a kubelet is switched off.
 */
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Daemon, type Program } from '../daemons/daemon.ts'
import type { LabNode } from '../node.ts'
import { recordSecret } from '../transcript.ts'
import { ApiClient } from './api-client.ts'
import type { ClusterProgram } from './programs.ts'

export interface ControlPlaneOptions {
  /** Folder of the programs, from `clusterPrograms`. */
  readonly programs: string
  /** An audit policy (YAML); the log is `audit.log` in the daemon's directory. Default: none. */
  readonly auditPolicy?: string
  readonly apiServerFlags?: readonly string[]
  /** What an etcd has kept before, to begin with: a copy of a data directory. Default: nothing. */
  readonly etcdData?: string
}

/** The walk-through's Service has a cluster address of the first range. */
const SERVICE_RANGE = '172.31.0.0/16,fd00:10:96::/112'
const PORT = 6443
const ADMIN_TOKEN = 'the-administrator-of-the-lab'
const IDLE_CONTROLLERS = [
  'node-lifecycle-controller',
  'taint-eviction-controller',
  'pod-garbage-collector-controller',
  'horizontal-pod-autoscaler-controller',
  'node-ipam-controller',
  'node-route-controller',
]
/** Milliseconds a program gets until it answers, on a machine that has other things to do as well. */
const PATIENCE = 60_000

export class ControlPlane extends Daemon {
  readonly #options: ControlPlaneOptions

  constructor(node: LabNode, options: ControlPlaneOptions) {
    super(node, 'control-plane')
    this.#options = options
  }

  /** `https://…`, as every node of the lab reaches it. */
  get url(): string {
    return `https://${this.node.address()}:${PORT}`
  }

  /** For the lab's own process; an administrator. */
  get client(): ApiClient {
    return new ApiClient({ socketPath: this.#at('api.sock'), ca: this.ca(), token: ADMIN_TOKEN })
  }

  ca(): string {
    return readFileSync(this.#at('certs/apiserver.crt'), 'utf8')
  }

  /** Path of a kubeconfig; without a token the administrator's. */
  kubeconfig(name = 'admin', token = ADMIN_TOKEN): string {
    const path = this.#at(`${name}.kubeconfig`)
    const cluster = { server: this.url, 'certificate-authority': this.#at('certs/apiserver.crt') }
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'lab', cluster }],
      users: [{ name, user: { token } }],
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: name } }],
      'current-context': 'lab',
    }
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 })
    return path
  }

  /** Runs kubectl as a person at the control plane does; rejects with what it printed. */
  kubectl(argv: readonly string[], stdin?: string): Promise<string> {
    const env = { KUBECONFIG: this.kubeconfig(), HOME: this.directory }
    return this.node.run([this.program('kubectl'), ...argv], {
      env,
      ...(stdin === undefined ? {} : { stdin }),
    })
  }

  /** Directory that etcd keeps everything in. */
  get etcdData(): string {
    return this.#at('etcd')
  }

  program(name: ClusterProgram): string {
    return join(this.#options.programs, name)
  }

  /** One program of it, started again after `kill9(name)`. */
  protected override async prepare(): Promise<void> {
    recordSecret(ADMIN_TOKEN)
    if (existsSync(this.#at('sa.key'))) return
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    writeFileSync(this.#at('sa.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
    writeFileSync(this.#at('tokens.csv'), `${ADMIN_TOKEN},admin,admin,system:masters\n`, { mode: 0o600 })
    const { auditPolicy, etcdData } = this.#options
    if (etcdData !== undefined) cpSync(etcdData, this.etcdData, { recursive: true })
    if (auditPolicy !== undefined) writeFileSync(this.#at('audit-policy.yaml'), auditPolicy)
  }

  protected override programs(): readonly Program[] {
    const ready = { answers: () => this.#isReady(), patience: PATIENCE }
    return [
      { name: 'etcd', argv: this.#etcd(), answers: () => this.#etcdAnswers(), patience: PATIENCE },
      { name: 'relay', argv: this.#relay(), answers: () => existsSync(this.#at('api.sock')) },
      { name: 'kube-apiserver', argv: this.#apiServer(), ...ready },
      { name: 'kube-controller-manager', argv: this.#controllerManager(), answers: () => true },
    ]
  }

  #etcd(): string[] {
    const client = 'http://127.0.0.1:2379'
    const urls = ['--listen-client-urls', client, '--advertise-client-urls', client]
    const rest = ['--listen-peer-urls', 'http://127.0.0.1:2380', '--unsafe-no-fsync', '--log-level', 'warn']
    return [this.program('etcd'), '--data-dir', this.etcdData, ...urls, ...rest]
  }

  #apiServer(): string[] {
    const { auditPolicy, apiServerFlags = [] } = this.#options
    const audit = [
      `--audit-policy-file=${this.#at('audit-policy.yaml')}`,
      `--audit-log-path=${this.#at('audit.log')}`,
    ]
    return [
      this.program('kube-apiserver'),
      '--etcd-servers=http://127.0.0.1:2379',
      `--cert-dir=${this.#at('certs')}`,
      `--advertise-address=${this.node.address()}`,
      `--secure-port=${PORT}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${this.#at('sa.key')}`,
      `--service-account-signing-key-file=${this.#at('sa.key')}`,
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      `--token-auth-file=${this.#at('tokens.csv')}`,
      '--authorization-mode=RBAC',
      // Pods come from the test, at once: not when their namespace's account has been made.
      '--disable-admission-plugins=ServiceAccount',
      ...(auditPolicy === undefined ? [] : audit),
      ...apiServerFlags,
    ]
  }

  #controllerManager(): string[] {
    return [
      this.program('kube-controller-manager'),
      `--kubeconfig=${this.kubeconfig()}`,
      '--leader-elect=false',
      `--service-account-private-key-file=${this.#at('sa.key')}`,
      `--controllers=*,${IDLE_CONTROLLERS.map((name) => `-${name}`).join(',')}`,
    ]
  }

  #relay(): string[] {
    const source = `(${relay.toString()})(${JSON.stringify(this.#at('api.sock'))}, ${PORT})`
    return [process.execPath, '-e', source]
  }

  async #etcdAnswers(): Promise<boolean> {
    const { code } = await this.node.exec(['curl', '-sf', 'http://127.0.0.1:2379/health'])
    return code === 0
  }

  async #isReady(): Promise<boolean> {
    const { status } = await this.client.raw('GET', '/readyz')
    return status === 200
  }

  #at(file: string): string {
    return join(this.directory, file)
  }
}

/** Runs in the other process, as text: it may use nothing from outside itself. */
function relay(path: string, port: number): void {
  const net = process.getBuiltinModule('node:net')
  const server = net.createServer((here) => {
    const there = net.connect(port, '127.0.0.1')
    for (const [a, b] of [
      [here, there],
      [there, here],
    ] as const) {
      a.on('error', () => b.destroy())
      a.on('close', () => b.destroy())
      a.pipe(b)
    }
  })
  server.listen(path)
}
