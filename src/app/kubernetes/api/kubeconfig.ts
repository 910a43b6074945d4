/*
 * Credentials as kubectl has them: a kubeconfig file with certificates, tokens, exec plugins and proxies, or, in a
 * Pod, the ServiceAccount's token, which the kubelet rotates.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Agent, RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'

import type { KubeConfig } from '@kubernetes/client-node'
import { load } from 'js-yaml'

import { messageOf } from '#core/errors.ts'

import type { Credentials, CredentialSource } from './credentials.ts'

export interface KubeconfigChoice {
  /** Absent: `KUBECONFIG`, then the Pod's ServiceAccount, then `~/.kube/config`. */
  readonly file?: string
  /** Absent: the file's current one. */
  readonly context?: string
}

/** client-node reads a rotated token once a minute; exec plugins are asked again when what they gave has expired. */
const validFor = 10_000

const podToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** The library is loaded here and not before: commands that need no cluster start without it. */
export async function openKubeconfig(choice: KubeconfigChoice = {}): Promise<CredentialSource> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  const origin = loadInto(config, choice)
  if (choice.context !== undefined) {
    const known = config.getContexts().map(({ name }) => name)
    if (!known.includes(choice.context)) {
      throw new Error(`${origin}: found no context ${choice.context}, allowed: ${known.join(', ')}`)
    }
    config.setCurrentContext(choice.context)
  }
  const server = config.getCurrentCluster()?.server
  if (server === undefined)
    throw new Error(`${origin}: found no cluster for context ${config.getCurrentContext()}`)
  return new KubeconfigSource(config, new URL(server))
}

function loadInto(config: KubeConfig, { file }: KubeconfigChoice): string {
  const named = process.env['KUBECONFIG'] ?? ''
  const inPod = file === undefined && named === '' && isPod()
  const origin = file ?? (inPod ? "the Pod's ServiceAccount" : named === '' ? '~/.kube/config' : named)
  try {
    if (file !== undefined) config.loadFromFile(file)
    else if (inPod) config.loadFromCluster()
    else config.loadFromDefault()
  } catch (cause) {
    throw new Error(`kubeconfig ${origin}: ${messageOf(cause)}`, {
      cause,
    })
  }
  const read = file !== undefined ? [file] : inPod ? [] : defaultFiles(named)
  for (const one of read) readTokenFiles(config, one)
  return `kubeconfig ${origin}`
}

function isPod(): boolean {
  return process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(podToken)
}

/** As kubectl looks for them: `KUBECONFIG` may name several. */
function defaultFiles(named: string): readonly string[] {
  const files = named === '' ? [join(homedir(), '.kube/config')] : named.split(delimiter)
  return files.filter((file) => file !== '' && existsSync(file))
}

/** `users[].user.tokenFile` is part of the format, and rotated like the Pod's token. */
function readTokenFiles(config: KubeConfig, file: string): void {
  const { users = [] } = load(readFileSync(file, 'utf8')) as {
    users?: readonly { readonly name: string; readonly user?: { readonly tokenFile?: string } }[]
  }
  for (const { name, user } of users) {
    const known = config.getUser(name)
    if (known === null || user?.tokenFile === undefined) continue
    const tokenFile = resolve(dirname(file), user.tokenFile)
    Object.assign(known, { authProvider: { name: 'tokenFile', config: { tokenFile } } })
  }
}

class KubeconfigSource implements CredentialSource {
  private readonly config: KubeConfig
  private readonly server: URL
  private known: { readonly until: number; readonly credentials: Promise<Credentials> } | undefined

  constructor(config: KubeConfig, server: URL) {
    this.config = config
    this.server = server
  }

  get namespace(): string | undefined {
    return this.config.getContextObject(this.config.getCurrentContext())?.namespace
  }

  current(): Promise<Credentials> {
    const now = performance.now()
    if (this.known !== undefined && now < this.known.until) return this.known.credentials
    const credentials = this.read()
    credentials.catch(() => this.refused())
    this.known = { until: now + validFor, credentials }
    return credentials
  }

  refused(): void {
    this.known = undefined
    for (const authenticator of this.config['authenticators'] as unknown[]) forget(authenticator)
  }

  private async read(): Promise<Credentials> {
    const options: RequestOptions & { headers: Record<string, string> } = { headers: {} }
    await this.config.applyToHTTPSOptions(options)
    const { ca, cert, key, passphrase, rejectUnauthorized, headers, auth, agent } = options
    const { servername } = options as { servername?: string }
    const basic = auth == null ? undefined : `Basic ${Buffer.from(auth).toString('base64')}`
    return {
      server: this.server,
      headers: { ...lowerCased(headers), ...(basic !== undefined && { authorization: basic }) },
      tls: {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(passphrase !== undefined && { passphrase }),
        ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
        ...(servername !== undefined && { servername }),
      },
      ...(this.config.getCurrentCluster()?.proxyUrl !== undefined && { proxy: agent as Agent }),
    }
  }
}

/** What client-node's authenticators remember: the token of a file, and those that exec plugins gave. */
function forget(authenticator: unknown): void {
  const memory = authenticator as { token?: unknown; tokenCache?: unknown }
  if (memory.token !== undefined) memory.token = null
  if (memory.tokenCache !== undefined) memory.tokenCache = {}
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]),
  )
}
