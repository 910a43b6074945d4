/* What the status page of a standalone process shows: its own view, and those that the others write. */
import { explainOne } from '#core/explain/explain-one.ts'
import type { Explanation } from '#core/explain/explanation.ts'

import type { NodeView } from '../node/view/node-view.ts'
import type { ViewShelf } from '../node/view/view-shelf.ts'
import type { StatusSource } from '../status-page/source.ts'
import type { Publisher } from './publisher.ts'

export class StandaloneStatus implements StatusSource {
  private readonly publisher: Publisher
  private readonly shelf: ViewShelf

  constructor(publisher: Publisher, shelf: ViewShelf) {
    this.publisher = publisher
    this.shelf = shelf
  }

  own(): NodeView | undefined {
    return this.publisher.current()
  }

  views(): Promise<readonly NodeView[]> {
    return this.shelf.views()
  }

  explain(service: string): Explanation | undefined {
    const decided = this.publisher.outcomeNow()
    return decided && explainOne(decided.facts, decided.parsed, decided.decisions, service)
  }

  onChange(listener: () => void): () => void {
    return this.publisher.onPublished(listener)
  }
}
