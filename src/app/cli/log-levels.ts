/* --log-level: one level for all, and others for modules by name. */
import { InvalidArgumentError, Option } from 'commander'

import { logLevels, type LogLevel, type LogLevels } from '../log.ts'

export function logLevelOption(): Option {
  const text = 'least important lines to log; of one module otherwise: info,l2=debug,heartbeats=warn'
  return new Option('--log-level <level>', text)
    .argParser(parseLogLevels)
    .default({ rest: 'info', modules: {} } satisfies LogLevels, 'info')
}

function parseLogLevels(text: string): LogLevels {
  let rest: LogLevel = 'info'
  const modules: Record<string, LogLevel> = {}
  for (const part of text.split(',')) {
    const [, module, name] = /^(?:([a-z][a-z0-9-]*)=)?([a-z]+)$/.exec(part) ?? []
    const level = logLevels.find((one) => one === name)
    if (level === undefined) throw new InvalidArgumentError(allowed)
    if (module === undefined) rest = level
    else modules[module] = level
  }
  return { rest, modules }
}

const allowed = `Allowed: ${logLevels.join(', ')}; after a comma MODULE=LEVEL, where a module is what lines have as announcer or module.`
