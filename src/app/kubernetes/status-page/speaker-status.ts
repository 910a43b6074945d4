/* What the status page of a speaker shows: its own view, and of the other nodes what they leave in the cluster. */
import { usageOf } from '#core/allocation-from-status.ts'
import { explainOne } from '#core/explain/explain-one.ts'
import type { Explanation } from '#core/explain/explanation.ts'
import type { AnnouncerInfo } from '#core/model/facts.ts'

import type { Decided } from '../../node/decided.ts'
import { poolView } from '../../node/view/build-view.ts'
import type { NodeView } from '../../node/view/node-view.ts'
import type { Elsewhere, StatusSource } from '../../status-page/source.ts'
import { advertisedAmong, type Announced } from './announced.ts'

export interface SpeakerStatusDeps {
  readonly publisher: {
    current(): NodeView | undefined
    outcomeNow(): Decided | undefined
    onPublished(listener: () => void): () => void
  }
  readonly announced: Pick<Announced, 'elsewhere' | 'onChange'>
  readonly announcers: readonly AnnouncerInfo[]
}

export class SpeakerStatus implements StatusSource {
  private readonly deps: SpeakerStatusDeps
  private shown: { readonly view: NodeView; readonly views: readonly NodeView[] } | undefined

  constructor(deps: SpeakerStatusDeps) {
    this.deps = deps
  }

  /** A speaker counts the use of pools for nobody but whoever looks. */
  own(): NodeView | undefined {
    const [view, decided] = [this.deps.publisher.current(), this.deps.publisher.outcomeNow()]
    if (view === undefined || decided === undefined) return undefined
    if (this.shown?.view !== view) {
      const pools = usageOf(decided.parsed.config.pools, view.services).map(poolView)
      this.shown = { view, views: [{ ...view, pools }] }
    }
    return this.shown.views[0]
  }

  async views(): Promise<readonly NodeView[]> {
    return this.own() === undefined ? [] : (this.shown?.views ?? [])
  }

  /** Who holds an address of one-node placement is decided here as well, and need not be told. */
  elsewhere(): Promise<Elsewhere> {
    const { announced, announcers, publisher } = this.deps
    const everyNode = announcers.filter(({ placement }) => placement === 'every-node')
    return announced.elsewhere(advertisedAmong(everyNode, publisher.outcomeNow()?.parsed.config))
  }

  explain(service: string): Explanation | undefined {
    const decided = this.deps.publisher.outcomeNow()
    return decided && explainOne(decided.facts, decided.parsed, decided.decisions, service)
  }

  onChange(listener: () => void): () => void {
    const ends = [this.deps.publisher.onPublished(listener), this.deps.announced.onChange(listener)]
    return () => ends.forEach((end) => end())
  }
}
