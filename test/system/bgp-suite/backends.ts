/* The three backends as the suite's parameter: the plugin, and the daemon that it needs beside Herald. */
import type { LoadedPlugin } from '#core/announcer.ts'
import { Frr, GoBgp, type LabNode, type NewerProgram } from '#lab/index.ts'
import frr from '#plugins/frr/plugin.ts'
import gobgp from '#plugins/gobgp/plugin.ts'
import nativeBgp from '#plugins/native-bgp/plugin.ts'

export interface Backend {
  readonly plugin: LoadedPlugin
  /** The daemon's release; absent = the machine's own, or no daemon. */
  readonly release?: NewerProgram
  /** Of a `connectTime` of one second; gobgpd waits five at least, which is too long to look at. */
  readonly retries?: { readonly attempts: number; readonly apart: number }
  /** Starts what runs beside Herald; answers the plugin's configuration, and a look at what the daemon was told. */
  start(node: LabNode): Promise<Beside>
}

export interface Beside {
  readonly config: Readonly<Record<string, unknown>>
  /** The daemon's configuration as text; absent where there is no daemon. */
  readonly told?: () => Promise<string>
}

/** Beside Herald, and as the router. */
export function frrOf(release?: NewerProgram): Backend {
  return {
    plugin: frr,
    ...(release && { release }),
    retries: { attempts: 4, apart: 2.2 },
    start: async (node) => {
      const daemon = new Frr(node, { config: '', ...(release && { release }) })
      await daemon.start()
      return {
        config: { socketDirectory: daemon.directory },
        told: () => daemon.vtysh('show running-config'),
      }
    },
  }
}

export const backends = {
  'native-bgp': {
    plugin: nativeBgp,
    // Its waits double up to that time: the third would be four seconds.
    retries: { attempts: 4, apart: 2.2 },
    start: async () => ({ config: {} }),
  },
  frr: frrOf(),
  gobgp: {
    plugin: gobgp,
    start: async (node) => {
      const daemon = new GoBgp(node, { config: '' })
      await daemon.start()
      return { config: { endpoint: `unix:${daemon.apiSocket}` } }
    },
  },
} as const satisfies Record<string, Backend>
