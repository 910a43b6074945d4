/* Logging: JSON lines for machines, one readable line each on a terminal. */
import { pino, type DestinationStream, type Logger as Pino } from 'pino'

import type { LogFields, Logger } from '#core/ports.ts'

export const logLevels = ['all', 'debug', 'info', 'warn', 'error', 'none'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogLevels {
  readonly rest: LogLevel
  /** By the name that the lines of a module carry, as `announcer` or `module`. */
  readonly modules: Readonly<Record<string, LogLevel>>
}

export interface LogOptions {
  readonly levels: LogLevels
  readonly human: boolean
  readonly write: (text: string) => void
}

/** Field names whose values never reach a log line, at the top or one level down. */
const secretFields = ['password', 'secret', 'key', 'data', 'stringData']
const redaction = { paths: secretFields.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' }

export function createLogger(options: LogOptions): Logger {
  const { levels, human, write } = options
  const stream: DestinationStream = { write: human ? (line) => write(humanLine(line)) : write }
  const backend = pino(
    {
      level: pinoLevel(levels.rest),
      base: null,
      redact: redaction,
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  )
  return adapt(backend, levels.modules)
}

function pinoLevel(level: LogLevel): string {
  return level === 'all' ? 'trace' : level === 'none' ? 'silent' : level
}

function adapt(backend: Pino, modules: LogLevels['modules']): Logger {
  return {
    debug: (message, fields = {}) => backend.debug(fields, message),
    info: (message, fields = {}) => backend.info(fields, message),
    warn: (message, fields = {}) => backend.warn(fields, message),
    error: (message, fields = {}) => backend.error(fields, message),
    child(fields) {
      const { announcer, module } = fields
      const level = modules[String(announcer ?? module)]
      return adapt(backend.child(fields, level === undefined ? {} : { level: pinoLevel(level) }), modules)
    },
  }
}

/** `12:34:56.789 warn  folder is gone  folder=/srv/lb` */
function humanLine(json: string): string {
  const { ts, level, msg, ...fields } = JSON.parse(json) as LogFields & Record<'ts' | 'level' | 'msg', string>
  const details = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`)
  return `${[ts.slice(11, 23), level.padEnd(5), msg, '', ...details].join(' ').trimEnd()}\n`
}

/** Quoted only where a reader could not tell where the value ends. */
function shown(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return value === '' || /[\s"=]/.test(value) ? JSON.stringify(value) : value
}
