/* What the status page of a controller shows: who has which address, and what the speakers say that they announce. */
import { explainOne } from '#core/explain/explain-one.ts'
import type { Explanation } from '#core/explain/explanation.ts'
import type { AnnouncerInfo } from '#core/model/facts.ts'
import type { Readiness } from '#metrics/server.ts'

import { buildView } from '../../node/view/build-view.ts'
import type { AddressChange, NodeView } from '../../node/view/node-view.ts'
import type { Elsewhere, StatusSource } from '../../status-page/source.ts'
import type { Picture } from '../controller/picture.ts'
import { advertisedAmong, type Announced } from './announced.ts'

export interface ControllerStatusDeps {
  /** `node`: the Pod. */
  readonly identity: Pick<NodeView, 'node' | 'boot' | 'version'>
  readonly controller: {
    /** Undefined until the cluster is known. */
    picture(): Picture | undefined
    readiness(): Readiness
    changes(): readonly AddressChange[]
    onChange(listener: () => void): () => void
  }
  readonly announced: Pick<Announced, 'elsewhere' | 'onChange'>
  readonly announcers: readonly AnnouncerInfo[]
}

export class ControllerStatus implements StatusSource {
  private readonly deps: ControllerStatusDeps
  private shown: { readonly picture: Picture; readonly views: readonly NodeView[] } | undefined

  constructor(deps: ControllerStatusDeps) {
    this.deps = deps
    deps.controller.onChange(() => (this.shown = undefined))
  }

  own(): NodeView | undefined {
    return this.look()?.views[0]
  }

  async views(): Promise<readonly NodeView[]> {
    return this.look()?.views ?? []
  }

  elsewhere(): Promise<Elsewhere> {
    const { announced, announcers } = this.deps
    return announced.elsewhere(advertisedAmong(announcers, this.look()?.picture.parsed.config))
  }

  /** Nodes and endpoints are the speakers' business: the explanation takes them for healthy, and says so. */
  explain(service: string): Explanation | undefined {
    const picture = this.look()?.picture
    return picture && explainOne(picture.facts, picture.parsed, picture.allocation, service)
  }

  onChange(listener: () => void): () => void {
    const ends = [this.deps.controller.onChange(listener), this.deps.announced.onChange(listener)]
    return () => ends.forEach((end) => end())
  }

  /** Made when somebody looks, and kept until something changes. */
  private look(): typeof this.shown {
    const { controller, identity } = this.deps
    const picture = this.shown?.picture ?? controller.picture()
    if (picture === undefined) return undefined
    this.shown ??= {
      picture,
      views: [{ ...viewOf(picture, identity), changes: controller.changes() }],
    }
    // Whether it is ready changes with nothing else that is told.
    const readiness = controller.readiness()
    const [view] = this.shown.views
    if (view !== undefined && !sameReadiness(view.readiness, readiness))
      this.shown = { picture, views: [{ ...view, readiness }] }
    return this.shown
  }
}

const assumed = 'a controller reads neither Nodes nor EndpointSlices: explanations take them for healthy'

function viewOf(picture: Picture, identity: ControllerStatusDeps['identity']): NodeView {
  const { allocating, allocation, parsed, facts, problems } = picture
  const { assignments, pools } = allocation
  const elsewhere = { announcements: [], owners: [], silences: [], assumptions: [assumed] }
  return buildView({
    identity,
    role: allocating ? 'allocating' : 'following',
    term: 0,
    readiness: { ready: true, reasons: [] },
    members: [],
    reading: { problems: [], notes: [], stale: [], locate: () => undefined },
    decided: {
      facts,
      parsed,
      decisions: { assignments, pools, problems, ...elsewhere },
    },
    statuses: [],
    conflicts: [],
    troubles: [],
  })
}

function sameReadiness(a: Readiness, b: Readiness): boolean {
  return a.ready === b.ready && a.reasons.join('\n') === b.reasons.join('\n')
}
