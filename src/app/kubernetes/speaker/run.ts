/* The life of a speaker's process: load, start, say so, stop on a signal. */
import { messageOf } from '#core/errors.ts'
import { composeSpeaker } from '../../compose-speaker.ts'
import { loadPlugins } from '../../load-plugins.ts'
import { readKeys } from '../../membership/key-file.ts'
import { endWell, keepMemorySmall, startPollLoop } from '../../node/process-life.ts'
import { version } from '../../version.ts'
import { openApi } from '../api/open.ts'
import type { SpeakerOptions } from './options.ts'

/** Settles when the process is up. What cannot work is said in one line, and ends the process with status 1. */
export async function runSpeaker(options: SpeakerOptions): Promise<void> {
  await keepMemorySmall({ timing: options.heartbeats.timing })
  await startPollLoop()
  try {
    const { kubeconfig, heartbeats, node, settings, ignored } = options
    const app = composeSpeaker({
      options,
      plugins: await loadPlugins(options.plugins),
      heartbeatKeys: await readKeys(heartbeats.keyFile),
      api: await openApi(kubeconfig === undefined ? {} : { file: kubeconfig }),
    })
    endWell({ command: 'speaker', log: app.log, stop: () => app.stop() })
    await app.start()
    app.log.info('started', { version, node, namespace: settings.namespace, bgpBackend: settings.bgpBackend })
    if (ignored.length > 0) app.log.info('of no effect here', { flags: ignored })
  } catch (cause) {
    console.error(`herald speaker: ${messageOf(cause)}`)
    process.exit(1)
  }
}
