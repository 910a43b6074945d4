/* Router discovery as a program of the poll loop. */
import type { LoopContext, LoopProgram } from '#platform/linux/loop/program.ts'

import type { FromDiscoveryProgram, ToDiscoveryProgram } from './discovery-messages.ts'
import { LinkWatch } from './link-watch.ts'

const program: LoopProgram = {
  start(context: LoopContext): void {
    const links = new Map<string, LinkWatch>()
    const tell = (message: FromDiscoveryProgram): void => context.post(message)
    context.onStop(() => {
      for (const watch of links.values()) watch.close()
    })
    context.onMessage((message) => {
      const { op, link } = message as ToDiscoveryProgram
      links.get(link)?.close()
      links.delete(link)
      if (op === 'forget') return
      const watch = new LinkWatch(link, context, {
        found: (router) => tell({ kind: 'found', link, router }),
        unavailable: (problem) => tell({ kind: 'unavailable', link, problem }),
      })
      links.set(link, watch)
    })
  },
}

export default program
