/* What a process has used, from /proc. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

const ticksPerSecond = 100

export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** MiB. */
export function memory(pid: number): { readonly resident: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
  return { resident: of('VmRSS'), peak: of('VmHWM') }
}

/** Of the processes of these programs whose command line names the folder. */
export function pidsIn(folder: string, programs: readonly string[]): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const [program = '', ...rest] = argumentsOf(name)
    const wanted = programs.includes(basename(program)) && rest.some((text) => text.includes(folder))
    return wanted ? [Number(name)] : []
  })
}

/** None for what is no process, or none any more. */
function argumentsOf(name: string): string[] {
  if (!/^\d+$/.test(name)) return []
  try {
    return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
