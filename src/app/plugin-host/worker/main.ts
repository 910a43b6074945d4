/* What a plugin's worker thread runs: imports the module and speaks the protocol for it. */
import { parentPort, workerData } from 'node:worker_threads'

import type { PluginWorkerData } from './worker-data.ts'
import { importPlugin } from './import-plugin.ts'
import { PluginServer } from './server.ts'

if (parentPort === null) throw new TypeError('runs in a worker thread only')
const port = parentPort
const { module, fence } = workerData as PluginWorkerData
const server = new PluginServer({
  load: () => importPlugin(module),
  fence,
  send: (line) => port.postMessage(line),
})
port.on('message', (line: string) => server.receive(line))
