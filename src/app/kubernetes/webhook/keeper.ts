/*
 * Keeps the webhook's certificates: what the Secret holds is served, by every replica; the leader makes what is missing
 * or about to expire, and tells the API server whom to trust.
 */
import { isDeepStrictEqual } from 'node:util'

import { messageOf } from '#core/errors.ts'
import { seconds, type Duration } from '#core/model/duration.ts'
import type { Clock, Gauge, Logger, Random } from '#core/ports.ts'

import type { ApiClient, RawObject } from '../api/client.ts'
import { isConflict } from '../api/errors.ts'
import { keyOf, ObjectStore, type Stored } from '../api/object-store.ts'
import { metaOf, projectSecret, type SecretReading } from '../api/projections.ts'
import { Reflector } from '../api/reflector.ts'
import { resources } from '../api/resources.ts'
import { issueServer, makeAuthority, type KeyPair } from './certificates.ts'
import {
  bundleText,
  expiryOf,
  materialFrom,
  nextStep,
  secretData,
  withAuthority,
  type Material,
  type Step,
} from './material.ts'

/** Of the Secret, of the webhook's Service and of its ValidatingWebhookConfiguration. */
export interface WebhookNames {
  readonly secret: string
  readonly service: string
  readonly configuration: string
}

export interface KeeperDeps {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly date: () => Date
  readonly log: Logger
  readonly namespace: string
  readonly names: WebhookNames
  readonly mayWrite: () => boolean
  /** Called with each certificate that is to be served. */
  readonly use: (pair: KeyPair) => void
  /** Seconds since 1970. */
  readonly expires: Gauge
}

interface Configuration extends Stored {
  /** PEM; of every webhook of it. */
  readonly bundles: readonly string[]
  readonly webhooks: readonly string[]
}

const manager = 'herald-controller'
/** A new authority, the word of it, a new certificate: no more than that comes of one look. */
const mostSteps = 4
const lookEvery: Duration = seconds(3600)
const retryAfter: Duration = seconds(10)

export class CertificateKeeper {
  readonly #deps: KeeperDeps
  readonly #secrets = new ObjectStore<SecretReading>()
  readonly #configurations = new ObjectStore<Configuration>()
  readonly #reflectors: readonly { start(): void; stop(): Promise<void>; problem(): string | undefined }[]
  #served: KeyPair | undefined
  #failure: string | undefined
  #busy: Promise<void> | undefined
  #cancel = (): void => {}
  #stopped = false

  constructor(deps: KeeperDeps) {
    this.#deps = deps
    const { client, clock, random, log, namespace, names } = deps
    const ports = { client, clock, random, log }
    const called = (name: string): string => `metadata.name=${name}`
    this.#reflectors = [
      new Reflector({
        ...ports,
        resource: resources.secrets,
        selection: { namespace, fieldSelector: called(names.secret) },
        project: projectSecret(namespace),
        store: this.#secrets,
      }),
      new Reflector({
        ...ports,
        resource: resources.validatingWebhookConfigurations,
        selection: { fieldSelector: called(names.configuration) },
        project: configurationOf,
        store: this.#configurations,
      }),
    ]
    for (const store of [this.#secrets, this.#configurations]) store.onChange(() => this.look())
  }

  start(): void {
    for (const reflector of this.#reflectors) reflector.start()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#busy
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()))
  }

  /** Why the API server may not reach the webhook. */
  problem(): string | undefined {
    const { configuration } = this.#deps.names
    const missing =
      this.#configurations.synced && this.#configurations.size === 0
        ? `no ValidatingWebhookConfiguration ${configuration}: apply deploy/kustomize/components/webhook`
        : undefined
    const cause = this.#reflectors.map((one) => one.problem()).find(Boolean) ?? this.#failure ?? missing
    return cause === undefined ? undefined : `webhook: ${cause}`
  }

  /** Whenever something may have to be done: a change, a new leader, time that has passed. */
  look(): void {
    this.#serve()
    if (this.#stopped || this.#busy !== undefined) return
    this.#busy = this.#goOn()
  }

  async #goOn(): Promise<void> {
    const pause = await this.#advance()
    this.#busy = undefined
    this.#cancel()
    if (!this.#stopped) this.#cancel = this.#deps.clock.after(pause, () => this.look())
  }

  #material(): Material | undefined {
    const [secret] = this.#secrets.values()
    return secret && materialFrom(secret.bytes())
  }

  #serve(): void {
    const { log, use, expires } = this.#deps
    const server = this.#material()?.server
    if (server === undefined || isDeepStrictEqual(server, this.#served)) return
    this.#served = server
    use(server)
    const expiry = expiryOf(server.cert)
    expires.set({}, expiry.getTime() / 1000)
    log.info('certificate of the webhook in use', { expires: expiry.toISOString() })
  }

  /** Settles with the time until it has to be looked again, if nothing changes. */
  async #advance(): Promise<Duration> {
    try {
      for (let left = mostSteps; left > 0; left--) {
        const step = this.#next()
        if (step === 'none') break
        await this.#take(step)
        this.#serve()
      }
      this.#failure = undefined
      return lookEvery
    } catch (error) {
      // Another replica was faster: the watch brings what it wrote.
      if (isConflict(error)) return retryAfter
      const cause = messageOf(error)
      if (cause !== this.#failure) this.#deps.log.warn('certificate of the webhook not kept', { cause })
      this.#failure = cause
      return retryAfter
    }
  }

  #next(): Step {
    const { mayWrite, date } = this.#deps
    const known = this.#secrets.synced && this.#configurations.synced
    if (this.#stopped || !known || !mayWrite()) return 'none'
    const material = this.#material()
    const [configuration] = this.#configurations.values()
    const published = configuration && agreed(configuration, material)
    return nextStep({ material, published, names: this.#hosts(), now: date() })
  }

  #take(step: Step): Promise<void> {
    const material = this.#material()
    if (step === 'anew' || material === undefined) return this.#makeAnew()
    return step === 'publish' ? this.#publish(material) : this.#renew(material, step === 'authority')
  }

  async #makeAnew(): Promise<void> {
    const now = this.#deps.date()
    const authority = await makeAuthority(now)
    const server = await issueServer(authority, this.#hosts(), now)
    await this.#write({ bundle: [authority.cert], authorityKey: authority.key, server })
  }

  async #renew(material: Material, alsoAuthority: boolean): Promise<void> {
    const now = this.#deps.date()
    if (!alsoAuthority) {
      const authority = { cert: material.bundle[0] ?? '', key: material.authorityKey }
      return this.#write({ ...material, server: await issueServer(authority, this.#hosts(), now) })
    }
    const { cert, key } = await makeAuthority(now)
    await this.#write({ ...material, bundle: withAuthority(material.bundle, cert, now), authorityKey: key })
  }

  async #write(material: Material): Promise<void> {
    const { client, namespace, names, log } = this.#deps
    const [known] = this.#secrets.values()
    const place = { namespace, name: names.secret }
    const data = secretData(material)
    const { resourceVersion } = known?.metadata ?? {}
    const written =
      known === undefined
        ? await client.create(resources.secrets, { metadata: place, type: 'kubernetes.io/tls', data })
        : await client.patch(resources.secrets, place, { metadata: { resourceVersion }, data })
    this.#secrets.put(projectSecret(namespace)(written))
    log.info('certificate of the webhook made', { object: `Secret ${namespace}/${names.secret}` })
  }

  async #publish({ bundle }: Material): Promise<void> {
    const [known] = this.#configurations.values()
    if (known === undefined) return
    const caBundle = Buffer.from(bundleText(bundle)).toString('base64')
    const webhooks = known.webhooks.map((name) => ({ name, clientConfig: { caBundle } }))
    const object = { metadata: { name: keyOf(known) }, webhooks }
    const kind = resources.validatingWebhookConfigurations
    this.#configurations.put(configurationOf(await this.#deps.client.apply(kind, object, manager)))
  }

  /** What the API server calls it, and what others in the cluster would. */
  #hosts(): string[] {
    const { namespace, names } = this.#deps
    return [`${names.service}.${namespace}.svc`, `${names.service}.${namespace}`, names.service]
  }
}

function configurationOf(raw: RawObject): Configuration {
  const { webhooks = [] } = raw as unknown as {
    readonly webhooks?: readonly {
      readonly name: string
      readonly clientConfig: { readonly caBundle?: string }
    }[]
  }
  return {
    metadata: metaOf(raw, () => false),
    webhooks: webhooks.map(({ name }) => name),
    bundles: webhooks.map(({ clientConfig }) =>
      Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
    ),
  }
}

/** What all webhooks of it trust; empty when they do not agree. */
function agreed({ bundles }: Configuration, material: Material | undefined): string {
  const wanted = bundleText(material?.bundle ?? [])
  return bundles.every((bundle) => bundle === wanted) ? wanted : ''
}
